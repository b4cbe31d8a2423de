import { expect, it } from "vitest";
import type { MessageBroker } from "../brokers/message-broker.js";
import { MessageRegistry } from "../messages/message-registry.js";
import { NotificationEvent } from "../messages/notification-event.js";
import { MemoryOutbox } from "../outbox/memory-outbox.js";
import { startRelay } from "../outbox/start-relay.js";

const batches = 100;

it("lets timers have their turn while a store and a broker answer at once, so that leases are renewed (O3)", async () => {
  class Counted extends NotificationEvent<number> {}
  const outbox = new MemoryOutbox({ registry: new MessageRegistry().register("counted", Counted) });
  const tx = outbox.begin();
  for (let n = 0; n < batches; n++)
    outbox.add(new Counted({ eventName: "counted", topic: "counts", payload: n }), tx);
  tx.commit();

  let published = 0;
  const all = Promise.withResolvers<void>();
  const broker: MessageBroker = {
    async publish(messages) {
      const until = performance.now() + 2;
      while (performance.now() < until);
      published += messages.length;
      if (published === 1) setTimeout(() => timer.resolve(published), 0);
      if (published === batches) all.resolve();
    },
    async close() {},
  };
  const timer = Promise.withResolvers<number>();
  const relay = await startRelay({ outbox, broker, batchSize: 1, lanes: 1 });
  expect(await timer.promise).toBeLessThan(batches);
  await all.promise;
  await relay.close();
});
