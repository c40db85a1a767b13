import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterTest } from "./schedulers.js";

/** What a request is answered with. */
export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  /** Sent as it is, under this type. */
  readonly text?: string;
  readonly type?: string;
}

/** A back end on a port of its own, that answers as it is told and remembers what it was asked. */
export class ApiServer {
  readonly requests: string[] = [];
  answer: Answer | ((sent: unknown) => Answer) = {};
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => {
        this.requests.push(`${request.method} ${request.url} ${text}`);
        const sent: unknown = /^[{[]/.test(text) ? JSON.parse(text) : undefined;
        const {
          status = 200,
          body,
          text: raw,
          type,
        } = typeof this.answer === "function" ? this.answer(sent) : this.answer;
        const json = body === undefined ? raw : JSON.stringify(body);
        response.writeHead(
          json === undefined ? 204 : status,
          json === undefined ? {} : { "content-type": type ?? "application/json" },
        );
        response.end(json);
      });
    });
  }

  static async start(): Promise<ApiServer> {
    const server = new ApiServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    afterTest(() => {
      server.#server.closeAllConnections();
      server.#server.close();
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
}
