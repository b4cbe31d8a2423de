import { useCallback, useEffect, useRef, useState } from "react";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { Request } from "../../messages/request.js";
import { keyOf } from "./key-of.js";
import { StreamRun, type StreamSource } from "./stream-run.js";
import { idle, type StreamState, starting } from "./stream-state.js";

export interface UseStreamOptions {
  /**
   * How many items are kept, the newest: a whole number from 1 up, or Infinity. Looked at when a stream begins.
   * @default Infinity
   */
  readonly keep?: number | undefined;
  /**
   * The least time between two renderings for new items, in milliseconds from 0 up. The first item, the end and an error
   * do not wait. Looked at when a stream begins.
   * @default 50
   */
  readonly intervalMs?: number | undefined;
}

/** What {@link useStream} gives. */
export type UseStreamResult<R> = StreamState<R> & {
  /** Begins anew, whether the stream runs or not; without a message there is nothing to begin. */
  readonly start: () => void;
  /** Ends the stream, and the far handler; the items stay. */
  readonly stop: () => void;
};

/**
 * Streams a request while the component is there: begins when it mounts, begins anew when the message changes, and ends
 * the far handler when it unmounts.
 *
 * A message is the same while its class and the data in its fields are, so it may be made in the rendering. The source
 * must stay the same object: make a client outside of components. What StrictMode mounts twice is sent once.
 *
 * Items come in batches: one rendering each `intervalMs`, however many there are. When they come faster than they are
 * rendered, the stream waits, and with it the far handler.
 *
 * @param source a client, or a mediator of this process.
 * @param message what is streamed; `undefined`: nothing yet.
 * @throws {InvalidOptionError} an option is out of range.
 *
 * @example
 * ```ts
 * import { Query } from "sluice";
 * import { createClient } from "sluice/client";
 * import { useStream } from "sluice/client/react";
 *
 * class SearchFiles extends Query<{ path: string }> {
 *   constructor(readonly text: string) { super(); }
 * }
 *
 * const client = createClient("https://example.com/api/");
 *
 * export function useSearch(text: string) {
 *   const query = text === "" ? undefined : new SearchFiles(text);
 *   const { items, status, stop } = useStream(client, query, { keep: 100 });
 *   return { paths: items.map(({ path }) => path), isSearching: status === "streaming", stop };
 * }
 * ```
 */
export function useStream<R>(
  source: StreamSource,
  message: Request<R> | undefined,
  { keep = Number.POSITIVE_INFINITY, intervalMs = 50 }: UseStreamOptions = {},
): UseStreamResult<R> {
  checkOptions(keep, intervalMs);
  const [times, setTimes] = useState(0);
  const [shown, setShown] = useState<Shown<R>>();
  const current = useRef<StreamRun<R>>(undefined);
  const type: unknown = message?.constructor;
  const key = keyOf(message);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a message with the same class and data is the same one
  useEffect(() => {
    if (message === undefined) return;
    const show = (state: StreamState<R>) => setShown({ source, type, key, times, state });
    const run = new StreamRun({ source, message, keep, intervalMs, show });
    current.current = run;
    run.begin();
    return () => {
      current.current = undefined;
      run.leave();
    };
  }, [source, type, key, times]);

  const start = useCallback(() => setTimes((before) => before + 1), []);
  const stop = useCallback(() => current.current?.stop(), []);
  // What is shown of another stream is not shown as of this one.
  const isShown =
    shown?.source === source && shown.type === type && shown.key === key && shown.times === times;
  const state = message === undefined ? idle : isShown ? shown.state : starting;
  return { ...state, start, stop };
}

/** A state, and which stream's it is. */
interface Shown<R> {
  readonly source: StreamSource;
  readonly type: unknown;
  readonly key: string | undefined;
  readonly times: number;
  readonly state: StreamState<R>;
}

function checkOptions(keep: number, intervalMs: number): void {
  if (!(keep === Number.POSITIVE_INFINITY || (Number.isSafeInteger(keep) && keep >= 1))) {
    throw new InvalidOptionError("useStream keep", keep, "a whole number from 1 up, or Infinity");
  }
  if (!(intervalMs >= 0 && intervalMs <= 2_147_483_647)) {
    throw new InvalidOptionError("useStream intervalMs", intervalMs, "milliseconds from 0 to 2,147,483,647");
  }
}
