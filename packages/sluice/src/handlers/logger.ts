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

/** The same logger, but one that throws does not take the dispatch with it: both go to `console` then. */
export function guardLogger(logger: Logger): Logger {
  const guard = (level: keyof Logger) => (details: object, message: string) => {
    try {
      logger[level](details, message);
    } catch (error) {
      console.error("The logger threw", error, "on being told:", message, details);
    }
  };
  return { debug: guard("debug"), info: guard("info"), warn: guard("warn"), error: guard("error") };
}
