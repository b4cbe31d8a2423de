import { reasonOf } from "../../errors/reason.js";
import type { Logger } from "../../handlers/logger.js";
import { plainText } from "./plain-text.js";
import type { Terminal } from "./terminal.js";

type Level = keyof Logger;

export interface LineLoggerOptions {
  /** A JSON object on each line, instead of text. */
  readonly json?: boolean | undefined;
  /** Debug lines too. */
  readonly verbose?: boolean | undefined;
}

/** Logs to stdout, a line each. */
export class LineLogger implements Logger {
  readonly #terminal: Terminal;
  readonly #lineOf: typeof textLine;
  readonly #isVerbose: boolean;

  constructor(terminal: Terminal, { json = false, verbose = false }: LineLoggerOptions) {
    this.#terminal = terminal;
    this.#lineOf = json ? jsonLine : textLine;
    this.#isVerbose = verbose;
  }

  debug(details: object, message: string): void {
    if (this.#isVerbose) this.#log("debug", details, message);
  }

  info(details: object, message: string): void {
    this.#log("info", details, message);
  }

  warn(details: object, message: string): void {
    this.#log("warn", details, message);
  }

  error(details: object, message: string): void {
    this.#log("error", details, message);
  }

  #log(level: Level, details: object, message: string): void {
    void this.#terminal.print(this.#lineOf(level, details, message));
  }
}

function jsonLine(level: Level, details: object, message: string): string {
  const time = new Date();
  return JSON.stringify({ time, level, message, ...details }, (_, value) =>
    value instanceof Error
      ? { ...value, name: value.name, message: value.message, stack: value.stack }
      : value,
  );
}

function textLine(level: Level, details: object, message: string): string {
  const reason = "error" in details ? ` ${reasonOf(details.error)}` : "";
  return `${new Date().toISOString()} ${level.padEnd(5)} ${plainText(message + reason)}`;
}
