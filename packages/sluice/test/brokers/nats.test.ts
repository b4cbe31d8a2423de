import { nats, type RunningServer } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { Message, MessageBroker } from "sluice";
import { NatsBroker, type NatsBrokerOptions } from "sluice/brokers/nats";
import { brokerConformance, RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let server: RunningServer;
beforeAll(async () => {
  if (nats.isInstalled()) server = await nats.start();
});
afterAll(() => server?.stop());

function broker(options: Partial<NatsBrokerOptions> = {}): NatsBroker {
  return new NatsBroker({
    connection: { servers: server.url },
    createStreams: {},
    logger: new RecordingLogger(),
    ...options,
  });
}

describeWith(nats, "NatsBroker", () => {
  const cases = brokerConformance({
    name: "NATS",
    create: () => broker() as MessageBroker,
    features: {
      fanOut: true,
      orderPerKey: true,
      redelivery: true,
      singleInstance: false,
      largestPayload: 900_000,
    },
  });
  describe("conforms", () => {
    it.each(cases)("$name", ({ run }) => run());
  });
});
