import type { RelayOptions } from "sluice/outbox";

/**
 * How the relay of a run works. After `kill -9` its lease holds for two seconds more, not the usual ten: the next run is
 * perhaps done sooner, and then waits at its end for what the killed one has left. The one who writes the index does so
 * almost without a break, so that a relay may wait for the lock until its lease has ended; then it goes on later, or the
 * relay of another run does. That is no news to whoever watches; what cannot be published is.
 */
export const relayOptions = {
  leaseMs: 2_000,
  pollMs: 100,
  logger: {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (details, message) => console.error(message, "error" in details ? details.error : ""),
  },
} as const satisfies Partial<RelayOptions>;
