import type { HandlerContext } from "../handlers/handler-context.js";
import type { HttpHandlerOptions } from "../http/http-handler-options.js";
import { bootstrap } from "../mediator/bootstrap.js";
import type { Mediator } from "../mediator/mediator.js";
import { expect, within } from "./expect.js";
import type { HttpConformanceOptions, HttpServerUnderTest } from "./http-conformance-options.js";
import { CheckedCommand, SendCommand, SendQuery, StreamCommand, StreamQuery } from "./http-test-messages.js";
import { RecordingLogger } from "./recording-logger.js";

interface Given {
  readonly input?: unknown;
}

type StreamBody = (given: Given, context: HandlerContext) => AsyncIterable<unknown>;
type SendBody = (given: Given, context: HandlerContext) => unknown;

export interface CallOptions {
  /** The message's fields. @default {} */
  readonly fields?: unknown;
  readonly accept?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** What a case of the HTTP suite works with: a server, whose handlers do what the case says, and a client. */
export class HttpTestBed {
  readonly logger = new RecordingLogger();
  readonly #options: HttpConformanceOptions;
  readonly #mediator: Mediator;
  #server: HttpServerUnderTest | undefined;
  #stream: StreamBody = async function* () {};
  #send: SendBody = () => undefined;

  constructor(options: HttpConformanceOptions) {
    this.#options = options;
    const stream: StreamBody = (given, context) => this.#stream(given, context);
    const send = async (given: Given, context: HandlerContext) => this.#send(given, context);
    this.#mediator = bootstrap({
      logger: this.logger,
      closeTimeoutMs: 1_000,
      commandsMapper: (map) =>
        map
          .bind(StreamCommand, async function* (given, context) {
            yield* stream(given, context);
          })
          .bind(SendCommand, send)
          .bind(CheckedCommand, (given, context) => send(given as Given, context)),
      queriesMapper: (map) =>
        map
          .bind(StreamQuery, async function* (given, context) {
            yield* stream(given, context);
          })
          .bind(SendQuery, send),
    });
  }

  /** Serves, runs a case, and closes everything. */
  static async run(
    options: HttpConformanceOptions,
    serverOptions: HttpHandlerOptions<unknown>,
    body: (bed: HttpTestBed) => Promise<void>,
  ): Promise<void> {
    const bed = new HttpTestBed(options);
    try {
      await bed.#serve(serverOptions);
      await body(bed);
    } finally {
      await bed.#close();
    }
  }

  async #serve(options: HttpHandlerOptions<unknown>): Promise<void> {
    this.#server = await this.#options.serve(this.#mediator, {
      stream: [StreamCommand, { name: "stream.query", message: StreamQuery }],
      send: [SendCommand, SendQuery, CheckedCommand],
      logger: this.logger,
      ...options,
    });
  }

  async #close(): Promise<void> {
    await this.within(this.#server?.close() ?? Promise.resolve(), "The server did not close in time.");
    // A handler that a case has stuck on purpose is not waited for.
    await this.#mediator.close().catch(() => {});
  }

  /** What the handlers of streamed requests do. */
  onStream(body: StreamBody): void {
    this.#stream = body;
  }

  /** What the handlers of sent requests do. */
  onSend(body: SendBody): void {
    this.#send = body;
  }

  get(name: string, { fields, ...call }: CallOptions = {}): Promise<Response> {
    const query = fields === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(fields))}`;
    return this.fetch(name + query, { method: "GET" }, call);
  }

  post(name: string, { fields = {}, headers, ...call }: CallOptions = {}): Promise<Response> {
    const init = { method: "POST", body: JSON.stringify(fields) };
    return this.fetch(name, init, { headers: { "content-type": "application/json", ...headers }, ...call });
  }

  /** A request in the case's own words. */
  fetch(
    path: string,
    init: RequestInit,
    { accept, headers = {}, signal }: CallOptions = {},
  ): Promise<Response> {
    const fetch = this.#options.fetch ?? globalThis.fetch;
    const answer = fetch(this.url + path, {
      ...init,
      headers: { ...(accept !== undefined && { accept }), ...headers },
      ...(signal && { signal }),
    });
    return this.within(answer, "There was no answer in time.");
  }

  get url(): string {
    expect(this.#server !== undefined, "The server is not there yet.");
    return this.#server.url;
  }

  text(response: Response): Promise<string> {
    return this.within(response.text(), "The body did not come in time.");
  }

  async json(response: Response): Promise<Record<string, unknown>> {
    return JSON.parse(await this.text(response));
  }

  within<T>(promise: Promise<T>, otherwise: string, ms = this.#options.timeoutMs ?? 10_000): Promise<T> {
    return within(ms, promise, () => otherwise);
  }
}
