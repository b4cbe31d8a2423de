import { expect, it } from "vitest";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { KafkaBroker } from "./kafka-broker.js";
import type { KafkaBrokerOptions } from "./kafka-broker-options.js";
import { kafkaSettings } from "./kafka-broker-options.js";
import { KafkaConnection } from "./kafka-connection.js";

const servers = { bootstrapBrokers: ["a:1"] };

it.each<[KafkaBrokerOptions, RegExp]>([
  [{}, /bootstrapBrokers is undefined/],
  [{ bootstrapBrokers: [] }, /bootstrapBrokers/],
  [{ bootstrapBrokers: ["a b"] }, /bootstrapBrokers/],
  [{ ...servers, clientId: "a b" }, /clientId/],
  [{ ...servers, publishTimeoutMs: 0 }, /publishTimeoutMs is 0/],
  [{ ...servers, maxPending: 1.5 }, /maxPending is 1.5/],
  [{ ...servers, sessionTimeoutMs: 10 }, /sessionTimeoutMs is 10/],
  [{ ...servers, commitIntervalMs: 1 }, /commitIntervalMs is 1/],
  [{ clients: {} as never }, /clients.producer/],
  [{ clients: { producer: { initIdempotentProducer() {} } } as never }, /clients.consumer/],
  [
    {
      clients: { producer: { initIdempotentProducer() {} }, consumer() {} } as never,
      createTopics: {},
    },
    /clients.admin/,
  ],
])("refuses %o", (options, problem) => {
  expect(() => new KafkaBroker(options)).toThrow(InvalidOptionError);
  expect(() => new KafkaBroker(options)).toThrow(problem);
});

it("hands TLS and SASL on to the clients that it makes", async () => {
  const tls = { ca: "x" };
  const sasl = { mechanism: "SCRAM-SHA-256", username: "u", password: "p" } as const;
  const connection = new KafkaConnection(kafkaSettings({ ...servers, tls, sasl, clientId: "c" }));
  const producer = (await connection.producer()) as unknown as Record<symbol, object>;
  const [options] = Object.getOwnPropertySymbols(producer).filter((name) =>
    `${String(name)}`.includes("options"),
  );
  expect(producer[options as symbol]).toMatchObject({ bootstrapBrokers: ["a:1"], clientId: "c", tls, sasl });
  await connection.close();
});

it("says that a client of another copy of the driver cannot be used", async () => {
  const connection = new KafkaConnection(kafkaSettings(servers));
  const client = { connectToBrokers: async () => new Map([[1, {}]]), metadata: async () => ({}) };
  await expect(connection.call(client as never, 1, "Produce")).rejects.toThrow(/same copy.*npm ls/);
});
