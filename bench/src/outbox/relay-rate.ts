import type { Message, MessageBroker } from "sluice";
import { type Outbox, startRelay } from "sluice/outbox";
import { rows } from "./moved.js";

export interface RelaySetting {
  readonly batchSize: number;
  readonly lanes: number;
  /** How long the broker takes for a batch, in milliseconds. */
  readonly brokerMs?: number;
}

/** How many rows a second a relay publishes, from its start to its last mark. */
export async function relayRate(
  outbox: Outbox,
  { batchSize, lanes, brokerMs = 0 }: RelaySetting,
  isLeft: () => Promise<boolean>,
): Promise<number> {
  let published = 0;
  const all = Promise.withResolvers<void>();
  const broker: MessageBroker = {
    async publish(messages: readonly Message[]) {
      if (brokerMs > 0) await new Promise((resolve) => setTimeout(resolve, brokerMs));
      published += messages.length;
      if (published >= rows) all.resolve();
    },
    async close() {},
  };
  const start = performance.now();
  const relay = await startRelay({ outbox, broker, batchSize, lanes });
  await all.promise;
  await relay.close();
  const took = performance.now() - start;
  if (published !== rows || (await isLeft())) throw new Error(`${published} of ${rows} rows were published.`);
  return (rows * 1_000) / took;
}
