import { readFileSync } from "node:fs";
import { MemoryMessageBroker } from "sluice/brokers";
import { KafkaBroker } from "sluice/brokers/kafka";
import { NatsBroker } from "sluice/brokers/nats";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { RedisBroker } from "sluice/brokers/redis";
import { describe, expect, it } from "vitest";

const page = readFileSync(new URL("brokers.md", import.meta.url), "utf8");

/** The table, by feature and then in the order of its columns. */
const rows = Array.from(page.matchAll(/^\| `(\w+)`[^|]*\|(.*)\|$/gm), ([, feature = "", cells = ""]) => ({
  feature,
  cells: cells.split("|").map((cell) => cell.trim()),
})).filter(({ cells }) => cells.length === 5);

const brokers = [
  new MemoryMessageBroker(),
  new KafkaBroker({ bootstrapBrokers: ["127.0.0.1:1"] }),
  new RabbitMQBroker({ connection: {} }),
  new NatsBroker({ connection: { servers: "127.0.0.1:1" } }),
  new RedisBroker({ connection: {} }),
];

const inWords = (value: unknown) => (typeof value === "string" ? value : value ? "yes" : "no");

describe("the table of what each broker can", () => {
  it("has every feature but the one that says that a broker lives within a process", () => {
    const named = new Set(brokers.flatMap(({ features }) => Object.keys(features)));
    named.delete("singleInstance");
    expect(rows.map(({ feature }) => feature).toSorted()).toEqual([...named].toSorted());
  });

  it.each(rows)("says of $feature what the brokers say", ({ feature, cells }) => {
    const said = brokers.map(({ features }) => inWords(Reflect.get(features, feature)));
    expect(cells).toEqual(said);
  });
});
