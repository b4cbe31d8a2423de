/**
 * Where Sluice reports what it must not keep to itself. The details come first, as in pino, which satisfies it; so
 * does `console`.
 */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** The default: `console`, with the message before the details. */
export const consoleLogger: Logger = {
  debug: (details, message) => console.debug(message, details),
  info: (details, message) => console.info(message, details),
  warn: (details, message) => console.warn(message, details),
  error: (details, message) => console.error(message, details),
};
