import type { ContainerScope } from "../containers/container.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Logger } from "../handlers/logger.js";
import type { MetadataInit } from "../messages/metadata.js";
import type { Exposed } from "./exposed.js";
import type { HttpCall, HttpOutcome } from "./http-call.js";
import type { HttpLimits } from "./http-limits.js";
import type { ProblemDetails } from "./problem.js";

type Awaitable<T> = T | Promise<T>;

export interface HttpHandlerOptions<Identity = undefined> {
  /** The requests that may be streamed; nothing else can. */
  readonly stream?: readonly Exposed[] | undefined;
  /** The requests that may be sent; nothing else can. */
  readonly send?: readonly Exposed[] | undefined;
  /** What stands before the names in the path. @default "/" */
  readonly basePath?: string | undefined;
  /**
   * Says who calls. `undefined`, `null` and `false` refuse with 401, a `Response` is the answer as it is, a
   * {@link ProblemError} refuses with what it says; anything else is the call's `identity`.
   */
  readonly authenticate?:
    | ((call: HttpCall<undefined>) => Awaitable<Identity | Response | undefined | null | false>)
    | undefined;
  /** The metadata of the dispatch. */
  readonly metadata?: ((call: HttpCall<Identity>) => Awaitable<MetadataInit | undefined>) | undefined;
  /** A scope for the dispatch to join (rule U3). Whoever opened it closes it; `onEnd` is a good moment. */
  readonly scope?: ((call: HttpCall<Identity>) => Awaitable<ContainerScope | undefined>) | undefined;
  /**
   * Names the client whose open streams are counted together; `undefined`: they are not.
   * @default the call's `remoteAddress`
   */
  readonly client?: ((call: HttpCall<Identity>) => string | undefined) | undefined;
  /** What a client is told of an error; `undefined`: what it would be told anyway. */
  readonly problem?:
    | ((error: unknown, call: HttpCall<Identity | undefined>) => ProblemDetails | undefined)
    | undefined;
  /** Tells clients the message and the code of every error: for development. @default false */
  readonly exposeErrors?: boolean | undefined;
  /**
   * Called once for each call that reached a name, when its answer is given or its stream has ended and its handler has
   * cleaned up.
   */
  readonly onEnd?: ((call: HttpCall<Identity | undefined>, outcome: HttpOutcome) => unknown) | undefined;
  readonly limits?: HttpLimits | undefined;
  /** A stream that has written nothing for so long says that it is alive; in milliseconds. @default 15_000 */
  readonly heartbeatMs?: number | undefined;
  /** Told of internal errors, which clients are not. @default console */
  readonly logger?: Logger | undefined;
}

const hooks = ["authenticate", "metadata", "scope", "client", "problem", "onEnd"] as const;

/** Refuses options outside their range. */
export function checkHttpOptions<Identity>(options: HttpHandlerOptions<Identity>): void {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError("createHttpHandler(options)", options, "an object with options");
  }
  const { basePath, heartbeatMs } = options;
  if (basePath !== undefined && !(typeof basePath === "string" && /^\/([^?#]*\/)?$/.test(basePath))) {
    throw new InvalidOptionError("basePath", basePath, 'a path that starts and ends with "/"');
  }
  const isTime = (ms: unknown) => typeof ms === "number" && ms >= 1 && ms <= 2_147_483_647;
  if (heartbeatMs !== undefined && !isTime(heartbeatMs)) {
    throw new InvalidOptionError("heartbeatMs", heartbeatMs, "milliseconds from 1 to 2,147,483,647");
  }
  for (const name of hooks) {
    const hook = options[name];
    if (hook !== undefined && typeof hook !== "function") {
      throw new InvalidOptionError(name, hook, "a function");
    }
  }
}
