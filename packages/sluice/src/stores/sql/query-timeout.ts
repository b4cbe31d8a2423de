import { InvalidOptionError } from "../../errors/invalid-option-error.js";

/** What a store on a server may be told of its connections. */
export interface QueryTimeout {
  /**
   * How long a relay or a worker waits for the answer to one of its statements, in milliseconds from 100 up; then it gives
   * the connection up, which may be dead without a word, and goes on with another one.
   * @default 10_000
   */
  readonly queryTimeoutMs?: number | undefined;
}

export function queryTimeoutOf(store: string, { queryTimeoutMs = 10_000 }: QueryTimeout): number {
  if (typeof queryTimeoutMs === "number" && queryTimeoutMs >= 100 && queryTimeoutMs < 2 ** 31)
    return queryTimeoutMs;
  throw new InvalidOptionError(
    `${store} queryTimeoutMs`,
    queryTimeoutMs,
    "a number from 100 to 2,147,483,647",
  );
}
