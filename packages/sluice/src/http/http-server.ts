import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { DispatchOptions } from "../handlers/context-mediator.js";
import { consoleLogger, guardLogger, type Logger } from "../handlers/logger.js";
import type { Request as Message } from "../messages/request.js";
import { fieldsToMessage } from "../messages/restore.js";
import { MessageSchemas } from "../middleware/message-schemas.js";
import { type Route, routesOf } from "./exposed.js";
import type { HttpCall, HttpConnection, HttpOutcome } from "./http-call.js";
import { checkHttpOptions, type HttpHandlerOptions } from "./http-handler-options.js";
import { type Limits, limitsOf } from "./http-limits.js";
import type { HttpMediator } from "./http-mediator.js";
import { negotiateStream, requireJsonAccepted } from "./negotiate.js";
import { OpenStreams } from "./open-streams.js";
import { type ProblemDetails, ProblemError, problemResponse } from "./problem.js";
import { problemOf } from "./problem-of.js";
import { readInput } from "./read-input.js";
import { refusal } from "./refusal.js";
import { streamingResponse } from "./response-stream.js";
import { sendWithin } from "./send-within.js";
import type { StreamFormat } from "./stream-format.js";
import { TextPump } from "./text-pump.js";

type AnyCall<Identity, Native> = HttpCall<Identity | undefined, Native>;

/** What is dispatched, and how. */
interface Dispatching {
  readonly message: Message<unknown>;
  readonly options: DispatchOptions;
}

const notExposed = refusal("HTTP_UNKNOWN_NAME", "Nothing is exposed under this path.");

/** Answers calls from outside: finds the route, asks the hooks, reads the message, dispatches it, writes the answer. */
export class HttpServer<Identity, Native> {
  readonly #mediator: HttpMediator;
  readonly #options: HttpHandlerOptions<Identity, Native>;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #limits: Limits;
  readonly #openStreams: OpenStreams;
  readonly #schemas = new MessageSchemas([]);
  readonly #logger: Logger;
  readonly #basePath: string;

  constructor(mediator: HttpMediator, options: HttpHandlerOptions<Identity, Native>) {
    checkHttpOptions(options);
    for (const kind of ["stream", "send"] as const) {
      if (options[kind] === undefined || typeof mediator?.[kind] === "function") continue;
      throw new InvalidOptionError("mediator", mediator, `one with ${kind}(), to ${kind} what is listed`);
    }
    this.#mediator = mediator;
    this.#options = options;
    this.#routes = routesOf(options.stream, options.send);
    this.#limits = limitsOf(options.limits);
    this.#openStreams = new OpenStreams(this.#limits);
    this.#logger = guardLogger(options.logger ?? consoleLogger);
    this.#basePath = options.basePath ?? "/";
  }

  async answer(
    request: Request,
    { remoteAddress, basePath = this.#basePath, native }: HttpConnection<Native> = {},
  ): Promise<Response> {
    const url = new URL(request.url);
    const route = this.#routes.get(nameIn(url.pathname, basePath));
    if (route === undefined) return problemResponse(notExposed.problem);
    const { name, kind } = route;
    let call: AnyCall<Identity, Native> = {
      request,
      name,
      kind,
      remoteAddress,
      native: native as Native,
      identity: undefined,
      scope: undefined,
    };
    try {
      // What EventSource sends when it comes again after the end: this answer stops it.
      if (kind === "stream" && request.headers.get("last-event-id") === "end") return this.#noContent(call);
      const identity = await this.#options.authenticate?.(call as HttpCall<undefined, Native>);
      if (identity instanceof Response) return this.#ended(call, identity);
      if (this.#options.authenticate !== undefined) requireIdentity(identity);
      call = { ...call, identity: identity as Identity };
      const { headers } = request;
      const format = kind === "stream" ? negotiateStream(name, headers.get("accept")) : undefined;
      if (format === undefined) requireJsonAccepted(name, headers.get("accept"));
      const message = await this.#read(request, route, url);
      const metadata = await this.#options.metadata?.(call as HttpCall<Identity, Native>);
      const scope = await this.#options.scope?.(call as HttpCall<Identity, Native>);
      call = { ...call, scope };
      const dispatching = { message, options: { metadata, scope } };
      return format === undefined
        ? await this.#send(call, dispatching)
        : await this.#stream(route, call, dispatching, format);
    } catch (error) {
      return this.#refuse(route, call, error);
    }
  }

  async #read(request: Request, route: Route, url: URL): Promise<Message<unknown>> {
    const fields = await readInput(request, route, url, this.#limits);
    const message = fieldsToMessage(route.messageClass, fields);
    await this.#schemas.check(message);
    return message;
  }

  async #send(call: AnyCall<Identity, Native>, { message, options }: Dispatching): Promise<Response> {
    const { signal } = call.request;
    const response = await sendWithin(this.#limits.sendMs, signal, (signal) =>
      (this.#mediator as Required<HttpMediator>).send(message, { ...options, signal }),
    );
    const json = JSON.stringify(response);
    if (json === undefined) return this.#noContent(call);
    const headers = {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    };
    return this.#ended(call, new Response(json, { headers }));
  }

  async #stream(
    route: Route,
    call: AnyCall<Identity, Native>,
    { message, options }: Dispatching,
    format: StreamFormat,
  ): Promise<Response> {
    const { signal } = call.request;
    const { client, heartbeatMs = 15_000 } = this.#options;
    const named = client === undefined ? call.remoteAddress : client(call as HttpCall<Identity, Native>);
    const source = (this.#mediator as Required<HttpMediator>).stream(message, options);
    const close = this.#openStreams.open(named);
    const pump = new TextPump({
      source,
      format,
      heartbeatMs,
      maxMs: this.#limits.streamMs,
      problemOf: (error) => this.#problemOf(route, call, error),
      onEnd: ({ items, error, left, started }) => {
        close();
        signal.removeEventListener("abort", leave);
        if (left && error !== undefined) this.#log(call, error);
        if (started || left) this.#end(call, { status: 200, items, error, left });
      },
    });
    const leave = () => pump.cancel();
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    // Without frames, the status is the only way to say that it failed: it waits for the first item.
    if (format.fail === undefined) await pump.prime();
    return streamingResponse(pump, format.contentType);
  }

  #noContent(call: AnyCall<Identity, Native>): Response {
    return this.#ended(call, new Response(null, { status: 204, headers: { "cache-control": "no-store" } }));
  }

  #refuse(route: Route, call: AnyCall<Identity, Native>, error: unknown): Response {
    const left = call.request.signal.aborted;
    const problem = left
      ? { title: "Client Closed Request", status: 499 }
      : this.#problemOf(route, call, error);
    const headers = error instanceof ProblemError ? error.headers : {};
    return this.#ended(call, problemResponse(problem, headers), { error, left });
  }

  #problemOf(route: Route, call: AnyCall<Identity, Native>, error: unknown): ProblemDetails {
    const { problem: hook, exposeErrors = false } = this.#options;
    let problem: ProblemDetails | undefined;
    try {
      problem = hook?.(error, call);
    } catch (failure) {
      this.#log(call, failure);
    }
    problem ??= problemOf(error, route.messageClass.name, exposeErrors);
    if (problem.status >= 500 && !(error instanceof ProblemError)) this.#log(call, error);
    return problem;
  }

  #ended(
    call: AnyCall<Identity, Native>,
    response: Response,
    { error, left = false }: { error?: unknown; left?: boolean } = {},
  ): Response {
    this.#end(call, { status: response.status, items: 0, error, left });
    return response;
  }

  #end(call: AnyCall<Identity, Native>, outcome: HttpOutcome): void {
    const { onEnd } = this.#options;
    if (onEnd === undefined) return;
    (async () => onEnd(call, outcome))().catch((error) => this.#log(call, error));
  }

  #log({ kind, name }: AnyCall<Identity, Native>, error: unknown): void {
    this.#logger.error({ error }, `An HTTP call to ${kind} ${name} failed.`);
  }
}

function requireIdentity(identity: unknown): void {
  if (identity !== undefined && identity !== null && identity !== false) return;
  throw refusal("HTTP_UNAUTHENTICATED", "Say who you are.");
}

/** What follows the base path, decoded; "" is nobody's name. */
function nameIn(path: string, basePath: string): string {
  if (!path.startsWith(basePath)) return "";
  try {
    return decodeURIComponent(path.slice(basePath.length));
  } catch {
    return "";
  }
}
