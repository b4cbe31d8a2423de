import { describe, expect, it } from "vitest";
import { NatsBroker } from "./nats-broker.js";
import { FakeNatsConnection } from "./nats-connection.fixture.js";
import { connectError } from "./nats-errors.js";

const connection = new FakeNatsConnection();

describe("NatsBroker", () => {
  it.each([
    ["connection", {}],
    ["connection", { connection: { servers: [] } }],
    ["domain", { connection, domain: "a.b" }],
    ["ackWaitMs", { connection, ackWaitMs: 999 }],
    ["publishTimeoutMs", { connection, publishTimeoutMs: 0 }],
    ["maxPending", { connection, maxPending: 1.5 }],
    ["orderPerKey", { connection, orderPerKey: "none" }],
    ["createStreams", { connection, createStreams: true }],
    ["createStreams.replicas", { connection, createStreams: { replicas: 6 } }],
    ["createStreams.storage", { connection, createStreams: { storage: "disk" } }],
  ])("refuses what is no %s", (option, options) => {
    expect(() => new NatsBroker(options as never)).toThrow(
      expect.objectContaining({ code: "SLUICE_INVALID_OPTION", option: `NatsBroker ${option}` }),
    );
  });

  it("connects to nothing before it is needed, and closes", async () => {
    await new NatsBroker({ connection: { servers: "nats://127.0.0.1:1" } }).close();
  });

  it("says how far the order of a key holds", () => {
    expect(new NatsBroker({ connection }).features.orderPerKey).toBe("member");
    expect(new NatsBroker({ connection, orderPerKey: "group" }).features.orderPerKey).toBe("group");
  });
});

describe("connectError", () => {
  const servers = "nats://h:4222";
  const named = (name: string, message: string) => Object.assign(new Error(message), { name });

  it.each([
    [{ user: "shop" }, /NATS at nats:\/\/h:4222 does not let in user "shop" \(Authorization Violation\)/],
    [{ token: "secret" }, /does not let in this token/],
    [{}, /a client without user, token or authenticator/],
  ])("names who was not let in, and no secret: %j", (options, expected) => {
    const error = connectError(named("AuthorizationError", "Authorization Violation"), {
      servers,
      ...options,
    });
    expect(error.message).toMatch(expected);
    expect(error.message).not.toContain("secret");
  });

  it("says what to do about TLS, and about a server that is not there", () => {
    const tls = connectError(named("ConnectionError", "server does not support 'tls'"), { servers, tls: {} });
    expect(tls.message).toMatch(/do not agree on TLS: give `tls` where the server has it/);
    const gone = connectError(named("ConnectionError", "connection refused"), { servers: ["a:1", "b:2"] });
    expect(gone.message).toMatch(/NATS at a:1, b:2 gives no connection.*Look whether the server runs/);
  });
});
