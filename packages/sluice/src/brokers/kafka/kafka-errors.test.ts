import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ProtocolError,
  UserError,
} from "@platformatic/kafka";
import { expect, it } from "vitest";
import { BrokerUnavailableError } from "../publish-errors.js";
import { isUnknownTopic, kafkaError, refusalOf } from "./kafka-errors.js";

const doing = {
  servers: "a:1",
  sasl: { mechanism: "PLAIN", username: "app" },
  topic: "orders",
  group: "billing",
} as const;
const wrapped = (cause: Error) => new MultipleErrors("twice", [new NetworkError("connecting", { cause })]);

it.each([
  [wrapped(new AuthenticationError("no")), /refuses the login of user app by PLAIN/],
  [wrapped(new UserError("Broker requires TLS.")), /speaks TLS only/],
  [
    wrapped(Object.assign(new Error("self-signed"), { code: "SELF_SIGNED_CERT_IN_CHAIN" })),
    /certificate.*tls.ca/,
  ],
  [new ProtocolError("TOPIC_AUTHORIZATION_FAILED"), /no permission for topic orders/],
  [new ProtocolError("GROUP_AUTHORIZATION_FAILED"), /no permission for group billing/],
  [new ProtocolError("INCONSISTENT_GROUP_PROTOCOL"), /members of group billing.*cooperative-sticky/],
  [new ProtocolError("INVALID_REPLICATION_FACTOR"), /fewer servers than createTopics/],
])("says of what no waiting will mend what to do: %s", (error, problem) => {
  expect(refusalOf(error, doing)?.message).toMatch(problem);
  expect(kafkaError(error, doing)).toMatchObject({ code: "SLUICE_BROKER_UNAVAILABLE", cause: error });
});

it("gives the innermost reason of what may mend by itself", () => {
  const error = wrapped(new Error("connect ECONNREFUSED a:1"));
  expect(refusalOf(error, doing)).toBeUndefined();
  expect((kafkaError(error, doing) as Error).message).toMatch(/a:1: connect ECONNREFUSED/);
  const tls = wrapped(new UserError("TLS handshake failed. Please verify the broker supports TLS."));
  expect(refusalOf(tls, doing)).toBeUndefined();
  expect((kafkaError(tls, doing) as Error).message).toMatch(/when TLS begins/);
});

it("leaves errors of Sluice alone", () => {
  const error = new BrokerUnavailableError("away");
  expect(kafkaError(error, doing)).toBe(error);
});

it("knows an unknown topic by both ways the driver tells", () => {
  expect(isUnknownTopic(new UserError("Unknown topic orders."))).toBe(true);
  expect(isUnknownTopic(new ProtocolError("UNKNOWN_TOPIC_OR_PARTITION"))).toBe(true);
  expect(isUnknownTopic(new NetworkError("away"))).toBe(false);
});
