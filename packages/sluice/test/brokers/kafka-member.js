// A member of a group that begins with a message and never ends.
import { KafkaBroker } from "sluice/brokers/kafka";

const [, , server, topic] = process.argv;
const broker = new KafkaBroker({ bootstrapBrokers: [server], sessionTimeoutMs: 1_000 });
await broker.subscribe({
  topics: [topic],
  group: topic,
  onMessage: () => {
    console.log("begun");
    return new Promise(() => {});
  },
});
