import { InvalidOptionError } from "../../errors/invalid-option-error.js";

/** What a store on a server may be told of its connections. */
export interface QueryTimeout {
  /**
   * How long a relay or a worker waits for the answer to one of its statements, in milliseconds from 100 up; then it gives
   * the connection up, which may be dead without a word, and goes on with another one. It takes a timer for each statement,
   * which costs a busy relay throughput.
   * @default as long as the connection is taken to be alive, which by TCP may be a quarter of an hour
   */
  readonly queryTimeoutMs?: number | undefined;
}

export function queryTimeoutOf(store: string, { queryTimeoutMs }: QueryTimeout): number | undefined {
  if (queryTimeoutMs === undefined) return undefined;
  if (typeof queryTimeoutMs === "number" && queryTimeoutMs >= 100 && queryTimeoutMs < 2 ** 31)
    return queryTimeoutMs;
  throw new InvalidOptionError(
    `${store} queryTimeoutMs`,
    queryTimeoutMs,
    "a number from 100 to 2,147,483,647",
  );
}
