import type { HttpHandlerOptions } from "../http/http-handler-options.js";
import type { Mediator } from "../mediator/mediator.js";

/** A server that serves a mediator, for the length of one case. */
export interface HttpServerUnderTest {
  /** Where the requests are, with a "/" at the end: `http://127.0.0.1:40123/`. */
  readonly url: string;
  /** Ends it, whatever is still connected. */
  close(): Promise<void>;
}

/** What an adapter can do, of what not every adapter can. */
export interface HttpFeatures {
  /** Knows the address at the other end of a connection, so that streams are counted per client. */
  readonly remoteAddress: boolean;
  /** Asks a handler for an item only when its reader takes more. */
  readonly backpressure: boolean;
}

export interface HttpConformanceOptions {
  /** Stands before the names of the cases. */
  readonly name: string;
  /** Serves the mediator through the adapter, with these options, on a port of its own. The suite closes it. */
  readonly serve: (
    mediator: Mediator,
    options: HttpHandlerOptions<unknown>,
  ) => HttpServerUnderTest | Promise<HttpServerUnderTest>;
  readonly features: HttpFeatures;
  /** The client. @default fetch of this runtime */
  readonly fetch?: typeof fetch | undefined;
  /**
   * How long a case waits for what must come, in milliseconds.
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
}
