import { kafka, type RunningServer } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { KafkaSasl } from "sluice/brokers/kafka";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { Brokers, message, never } from "./kafka.fixture.js";

vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 });

const settings = {
  "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
  "sasl.enabled.mechanisms": "PLAIN",
  "sasl.mechanism.inter.broker.protocol": "PLAIN",
  "listener.name.plaintext.plain.sasl.jaas.config":
    'org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="a" user_admin="a" user_app="b";',
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "super.users": "User:admin;User:ANONYMOUS",
};

const sasl = (username: string, password: string): KafkaSasl => ({ mechanism: "PLAIN", username, password });

describeWith(kafka, "a broker on Kafka with users", () => {
  const brokers = new Brokers();
  const topic = "kept";
  let server: RunningServer;
  const make = (more: object) => brokers.make(server.url, { publishTimeoutMs: 3_000, ...more });

  beforeAll(async () => {
    server = await kafka.start({ settings });
    await make({ sasl: sasl("admin", "a"), publishTimeoutMs: 60_000 }).publish([message(topic, 1)], {
      signal: never,
    });
  });

  afterEach(() => brokers.close());

  afterAll(() => server.stop());

  it("says at once that a password is wrong", async () => {
    const broker = make({ sasl: sasl("app", "wrong"), publishTimeoutMs: 60_000 });
    const problem = /refuses the login of user app by PLAIN.*password/;
    await expect(broker.publish([message(topic, 1)], { signal: never })).rejects.toThrow(problem);
    await expect(broker.subscribe({ topics: [topic], group: "g", onMessage: () => {} })).rejects.toThrow(
      problem,
    );
  });

  it("says that a user lacks a permission", async () => {
    const broker = make({ sasl: sasl("app", "b"), createTopics: undefined });
    const problem = /no permission for topic kept/;
    await expect(broker.publish([message(topic, 1)], { signal: never })).rejects.toThrow(problem);
    await expect(broker.subscribe({ topics: [topic], group: "g", onMessage: () => {} })).rejects.toThrow(
      problem,
    );
  });

  it("says that the server is no TLS server", async () => {
    const broker = make({ tls: {}, publishTimeoutMs: 300 });
    await expect(broker.publish([message(topic, 1)], { signal: never })).rejects.toThrow(
      /closes the connection when TLS begins/,
    );
  });

  it("says that nobody is there, after publishTimeoutMs", async () => {
    const broker = brokers.make("127.0.0.1:1", { publishTimeoutMs: 300 });
    await expect(broker.publish([message(topic, 1)], { signal: never })).rejects.toThrow(
      /publishTimeoutMs, 300 ms.*ECONNREFUSED/,
    );
    await expect(broker.subscribe({ topics: [topic], onMessage: () => {} })).rejects.toThrow(/ECONNREFUSED/);
  });
});
