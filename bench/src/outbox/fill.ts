import { NotificationEvent } from "sluice";
import { MessageRegistry } from "sluice/messages";
import type { Outbox } from "sluice/outbox";

export const rows = 100_000;
const keys = 1_000;

/** An event of some 100 bytes. */
export class Moved extends NotificationEvent<{ readonly text: string }> {
  constructor(n: number) {
    super({ eventName: "moved", topic: "moves", key: `key-${n % keys}`, payload: { text: "x".repeat(88) } });
  }
}

export const registry = new MessageRegistry().register("moved", Moved);

/** Adds all rows, a thousand at a time. */
export async function fill<Tx>(
  outbox: Outbox<Tx>,
  transaction: (work: (tx: Tx) => unknown) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < rows; at += 1_000) {
    const events = Array.from({ length: 1_000 }, (_, n) => new Moved(at + n));
    await transaction((tx) => outbox.add(events, tx));
  }
}
