import type { Logger } from "../handlers/logger.js";

export interface LogRecord {
  readonly level: keyof Logger;
  readonly details: object;
  readonly message: string;
}

/**
 * A logger that keeps what it is told, for tests to look at.
 *
 * @example
 * ```ts
 * import { bootstrap } from "sluice";
 * import { RecordingLogger } from "sluice/testing";
 *
 * const logger = new RecordingLogger();
 * bootstrap({ logger });
 * console.log(logger.records.filter(({ level }) => level === "error"));
 * ```
 */
export class RecordingLogger implements Logger {
  readonly records: LogRecord[] = [];

  readonly debug = this.#keeping("debug");
  readonly info = this.#keeping("info");
  readonly warn = this.#keeping("warn");
  readonly error = this.#keeping("error");

  #keeping(level: keyof Logger) {
    return (details: object, message: string): void => {
      this.records.push({ level, details, message });
    };
  }
}
