/** How a stream stands. */
export type StreamState<R> =
  | {
      /** In their order; a new array each time that there are more. */
      readonly items: readonly R[];
      /**
       * `idle`: there is no message; `streaming`: it runs, also before the first item; `done`: it came to its end;
       * `stopped`: by `stop()`; `failed`: see `error`.
       */
      readonly status: "idle" | "streaming" | "done" | "stopped";
      readonly error: undefined;
    }
  | { readonly items: readonly R[]; readonly status: "failed"; readonly error: unknown };

export const idle: StreamState<never> = { items: [], status: "idle", error: undefined };

export const starting: StreamState<never> = { items: [], status: "streaming", error: undefined };
