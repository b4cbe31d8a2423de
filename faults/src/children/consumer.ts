// Takes deliveries and lets each have its effect, through the inbox, in a process of its own.
import { engineOf } from "../engines/engines.js";

export interface ConsumerOrder {
  readonly engine: string;
  readonly url: string;
  readonly consumer: string;
  readonly worker: string;
  /** Ids as they are delivered, some of them more than once. */
  readonly deliveries: readonly string[];
}

process.once("message", async ({ engine, url, consumer, worker, deliveries }: ConsumerOrder) => {
  const store = await engineOf(engine).open(url);
  for (const id of deliveries) {
    await store.transaction(async ({ tx, exec }) => {
      if (!(await store.inbox.accept(id, tx, { consumer }))) return;
      await exec("insert into effect (consumer, message_id, worker) values (?, ?, ?)", [
        consumer,
        id,
        worker,
      ]);
    });
  }
  await store.close();
  process.send?.("done");
  process.disconnect();
});
