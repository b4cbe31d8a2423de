import { InvalidOptionError } from "../errors/invalid-option-error.js";

/** What one client, and all together, may ask of the server. */
export interface HttpLimits {
  /** The size of a body, and of a query's `input`, in bytes. @default 1_048_576 */
  readonly bodyBytes?: number | undefined;
  /** How long a body may take to arrive, in milliseconds. @default 10_000 */
  readonly bodyMs?: number | undefined;
  /** How deep the input may be nested. @default 64 */
  readonly jsonDepth?: number | undefined;
  /** Open streams in all. @default 10_000 */
  readonly streams?: number | undefined;
  /** Open streams of one client, where it is known which: see the option `client`. @default 100 */
  readonly streamsPerClient?: number | undefined;
  /** How long an answer may take, in milliseconds; the handler's signal aborts then. @default 60_000 */
  readonly sendMs?: number | undefined;
  /** How long a stream may last, in milliseconds; it ends with a `fail` frame then. @default Infinity */
  readonly streamMs?: number | undefined;
}

/** The limits that hold. */
export type Limits = { readonly [K in keyof HttpLimits]-?: number };

const defaults: Limits = {
  bodyBytes: 1_048_576,
  bodyMs: 10_000,
  jsonDepth: 64,
  streams: 10_000,
  streamsPerClient: 100,
  sendMs: 60_000,
  streamMs: Number.POSITIVE_INFINITY,
};

/** The longest time that a timer can wait, in milliseconds. */
const maxMs = 2_147_483_647;

/** Those given, and for the others the defaults. */
export function limitsOf(given: HttpLimits = {}): Limits {
  const limits: { -readonly [K in keyof Limits]: number } = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const key = name as keyof HttpLimits;
    if (!Object.hasOwn(defaults, key)) {
      throw new InvalidOptionError(`limits.${name}`, value, `one of ${Object.keys(defaults).join(", ")}`);
    }
    const isTime = key.endsWith("Ms");
    const fits = isTime
      ? typeof value === "number" && ((value >= 1 && value <= maxMs) || value === Number.POSITIVE_INFINITY)
      : (Number.isSafeInteger(value) && value >= 1) || value === Number.POSITIVE_INFINITY;
    if (!fits) {
      const range = isTime ? "milliseconds from 1 to 2,147,483,647" : "a whole number from 1 up";
      throw new InvalidOptionError(`limits.${name}`, value, `${range}, or Infinity`);
    }
    limits[key] = value;
  }
  return limits;
}
