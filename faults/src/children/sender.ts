// A relay to a real broker, in a process of its own, which may be killed at any moment.
import { startRelay } from "sluice/outbox";
import { brokerOf } from "../brokers/broker-kinds.js";
import { engineOf } from "../engines/engines.js";
import { quietLogger } from "../quiet-logger.js";

export interface SenderOrder {
  readonly engine: string;
  readonly url: string;
  readonly broker: string;
  readonly brokerUrl: string;
  readonly name: string;
}

process.once("message", async ({ engine, url, broker: kind, brokerUrl, name }: SenderOrder) => {
  const store = await engineOf(engine).open(url);
  const broker = brokerOf(kind).open(brokerUrl);
  const relay = await startRelay({
    outbox: store.outbox,
    broker,
    name,
    leaseMs: 2_000,
    batchSize: 100,
    pollMs: 100,
    logger: quietLogger,
  });
  process.once("message", async () => {
    await relay.close();
    await broker.close();
    await store.close();
    process.disconnect();
  });
  process.send?.("ready");
});
