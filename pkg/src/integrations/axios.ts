import { idsIn } from "./envelope.js";
import { parsed, type RequestOptions, Requests } from "./requests.js";

/** What is read of an axios response. */
export interface AxiosResponseLike {
  readonly status: number;
  readonly data: unknown;
  readonly config: {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly baseURL?: string | undefined;
    readonly data?: unknown;
    readonly params?: unknown;
  };
}

/** What is used of an axios instance. */
export interface AxiosLike {
  readonly interceptors: {
    readonly response: {
      use(onFulfilled: <R extends AxiosResponseLike>(response: R) => R): number;
      eject(id: number): void;
    };
  };
}

/**
 * Tells the scheduler of every request of this axios instance with which an event was created, changed or removed, before
 * the page gets the answer. Returns the function that ends it.
 */
export function installAxiosInterceptor(axios: AxiosLike, options: RequestOptions = {}): () => void {
  const requests = new Requests(options);
  const id = axios.interceptors.response.use((response) => {
    const { status, data, config } = response;
    const match = requests.match(config.method ?? "GET", fullUrl(config));
    if (match !== null && status >= 200 && status < 300) {
      requests.succeeded(match, parsed(config.data), typeof data === "string" ? parsed(data) : data);
    }
    return response;
  });
  return () => axios.interceptors.response.eject(id);
}

/** With the parameters that can name an event. */
function fullUrl({ url = "", baseURL = "", params }: AxiosResponseLike["config"]): string {
  const path = /^[a-z][a-z\d+.-]*:/i.test(url) ? url : `${baseURL}/${url}`;
  const [id] = idsIn(params);
  return id === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}event_id=${encodeURIComponent(id)}`;
}
