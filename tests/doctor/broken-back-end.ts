import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a fault does to one answer: a new body, status or content type; `undefined` leaves it as it is. */
export interface Change {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string;
}

/** One way in which a back end can be wrong. */
export interface Fault {
  /** The routes that it concerns, as the end of their paths. */
  readonly route: "/snapshot" | "/changes" | "/stream" | "/create" | "/delete";
  /** Changes a whole answer. Left out for streams. */
  readonly answer?: (json: Record<string, unknown>, query: URLSearchParams, status: number) => Change | undefined;
  /** Changes the request before it is passed on. */
  readonly ask?: (query: URLSearchParams) => void;
  /** Changes each piece of a stream, and its content type. */
  readonly frames?: (text: string) => string;
  readonly type?: string;
}

/** A back end that is right but for one fault: it passes everything on to one that is right. */
export class BrokenBackEnd {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(
    upstream: string,
    fault: Fault,
    saw: (request: IncomingMessage) => void = () => undefined,
  ): Promise<BrokenBackEnd> {
    const server = createServer((request, response) => {
      saw(request);
      pass(upstream, fault, request, response).catch(() => response.destroy());
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new BrokenBackEnd(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function pass(upstream: string, fault: Fault, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", upstream);
  const concerned = url.pathname.includes(fault.route);
  if (concerned) {
    fault.ask?.(url.searchParams);
  }
  const abort = new AbortController();
  response.on("close", () => abort.abort());
  const sent: Buffer[] = [];
  for await (const chunk of request) {
    sent.push(chunk as Buffer);
  }
  const init: RequestInit = { method: request.method ?? "GET", signal: abort.signal };
  const answer = await fetch(url, {
    ...init,
    ...(sent.length === 0 ? {} : { body: Buffer.concat(sent), headers: { "content-type": "application/json" } }),
  });
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) {
    response.writeHead(answer.status, { "content-type": (concerned && fault.type) || type });
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      const text = decoder.decode(chunk, { stream: true });
      response.write(concerned && fault.frames ? fault.frames(text) : text);
    }
    response.end();
    return;
  }
  const body = await answer.text();
  const change = concerned ? fault.answer?.(parsed(body), url.searchParams, answer.status) : undefined;
  response.writeHead(change?.status ?? answer.status, { "content-type": change?.type ?? type });
  response.end(change?.body ?? body);
}

function parsed(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}
