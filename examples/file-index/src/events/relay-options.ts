import type { RelayOptions } from "sluice/outbox";

/**
 * How the relay of a run works. After `kill -9` its lease holds for two seconds more, not the usual ten: the next run is
 * done sooner than that on a small folder, and waits at its end for what the killed one has left. A relay that is held up
 * for longer than its lease by a large transaction, or by that of another process, loses nothing: another run's relay may
 * go on in its place. That is no news to whoever watches; what cannot be written is.
 */
export const relayOptions = {
  leaseMs: 2_000,
  logger: {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (details, message) => console.error(message, "error" in details ? details.error : ""),
  },
} as const satisfies Partial<RelayOptions>;
