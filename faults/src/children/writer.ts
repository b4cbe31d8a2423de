// Writes facts and their events, some of which it rolls back, in a process of its own.
import { engineOf } from "../engines/engines.js";
import { Happened } from "../messages.js";
import { Random } from "../random.js";

export interface WriterOrder {
  readonly engine: string;
  readonly url: string;
  /** Its keys are its own: `name-0`, `name-1`, … */
  readonly name: string;
  readonly keys: number;
  readonly messages: number;
  /** Events in a transaction, at most. */
  readonly perTransaction: number;
  /** Which part of the transactions is rolled back. */
  readonly rollBack: number;
  /** How long a transaction stays open after its last write, in milliseconds at most. */
  readonly holdMs: number;
  readonly topics?: readonly string[];
  readonly seed: number;
}

process.once("message", async (order: WriterOrder) => {
  const { name, keys, messages, perTransaction, rollBack, holdMs, topics = ["facts"] } = order;
  const random = new Random(order.seed);
  const store = await engineOf(order.engine).open(order.url);
  const next = new Map<string, number>();
  let written = 0;
  let failed = 0;
  while (written < messages) {
    const facts = Array.from(
      { length: random.between(1, Math.min(perTransaction, messages - written)) },
      () => {
        const key = `${name}-${random.between(0, keys - 1)}`;
        const seq = (next.get(key) ?? 0) + 1;
        next.set(key, seq);
        return new Happened(`${key}/${seq}`, key, seq, topics[Number(key.split("-").at(-1)) % topics.length]);
      },
    );
    const isRolledBack = random.next() < rollBack;
    try {
      await store.transaction(async ({ tx, exec }) => {
        for (const { eventId, key = "", payload } of facts)
          await exec("insert into fact (id, message_key, seq) values (?, ?, ?)", [eventId, key, payload.seq]);
        await store.outbox.add(facts, tx);
        if (holdMs > 0) await new Promise((resolve) => setTimeout(resolve, random.between(0, holdMs)));
        if (isRolledBack) throw new RolledBack();
      });
      store.outbox.committed();
    } catch (error) {
      // Whether a cut connection had committed is what the database says in the end.
      if (!(error instanceof RolledBack)) {
        failed++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    written += facts.length;
  }
  await store.close();
  process.send?.({ written, failed });
  process.disconnect();
});

class RolledBack extends Error {}
