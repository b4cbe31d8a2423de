import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { isAbortError } from "../handlers/fallback-handler.js";
import { guardLogger, type Logger } from "../handlers/logger.js";
import type { MiddlewareContext } from "./middleware.js";

export interface LoggingOptions {
  /** @default the mediator's */
  readonly logger?: Logger | undefined;
  /**
   * The level of starts and ends. A failure is an `"error"`, unless it was told to stop.
   * @default "info"
   */
  readonly level?: keyof Logger | undefined;
}

/** What is logged of one run: its start when it is made, and its end. */
export class LogEntry {
  readonly #logger: Logger;
  readonly #level: keyof Logger;
  readonly #context: MiddlewareContext;
  readonly #about: { readonly message: string; readonly handler: string; readonly correlationId: string };
  readonly #startedAt = performance.now();

  constructor(message: object, context: MiddlewareContext, { logger, level = "info" }: LoggingOptions) {
    const { handlerName: handler, metadata } = context;
    this.#context = context;
    this.#logger = logger ?? context.logger;
    this.#level = level;
    this.#about = {
      message: Object.getPrototypeOf(message).constructor.name,
      handler,
      correlationId: metadata.correlationId,
    };
    this.#log(level, "started");
  }

  end(how: "ended" | "was left" | "was aborted", more?: object): void {
    this.#log(this.#level, how, { duration: this.#duration, ...more });
  }

  fail(error: unknown, more?: object): void {
    const { signal } = this.#context;
    if (isAbortError(error) || (signal.aborted && error === signal.reason)) this.end("was aborted", more);
    else this.#log("error", "failed", { duration: this.#duration, ...more, error });
  }

  get #duration(): number {
    return performance.now() - this.#startedAt;
  }

  #log(level: keyof Logger, what: string, more?: object): void {
    const { message, handler } = this.#about;
    this.#logger[level]({ ...this.#about, ...more }, `${message} at ${handler} ${what}.`);
  }
}

/** Refuses options out of range; a logger that throws must not fail what it logs. */
export function checkLoggingOptions({ logger, level = "info" }: LoggingOptions): LoggingOptions {
  const levels = ["debug", "info", "warn", "error"] as const;
  if (logger !== undefined && !levels.every((name) => typeof logger?.[name] === "function")) {
    throw new InvalidOptionError(
      "logging logger",
      logger,
      "an object with debug(), info(), warn() and error()",
    );
  }
  if (!levels.includes(level)) {
    throw new InvalidOptionError("logging level", level, '"debug", "info", "warn" or "error"');
  }
  return { logger: logger && guardLogger(logger), level };
}
