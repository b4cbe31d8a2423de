import { afterEach, describe, expect, it, vi } from "vitest";
import type { EventHandlingError } from "../events/event-errors.js";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { RecordingBroker, RecordingLogger, rejection, Told } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import { boom, Happened } from "./retry.fixture.js";
import { retry } from "./retry.js";

fakeTimers();

afterEach(() => {
  vi.restoreAllMocks();
});

describe("retry of an event", () => {
  it("runs that handler again, and no other; the events of a failed try are discarded", async () => {
    const log: string[] = [];
    class FollowedUp extends DomainEvent {}
    await using mediator = bootstrap({
      logger: new RecordingLogger(),
      domainEventsMapper: (map) =>
        map
          .bind(Happened, async (_event, { emit }) => {
            log.push("flaky");
            emit(new FollowedUp());
            if (log.filter((line) => line === "flaky").length < 3) throw boom;
          })
          .bind(Happened, () => log.push("steady"))
          .bind(FollowedUp, () => log.push("follow-up")),
      middlewares: [retry({ attempts: 3, delay: 0 })],
    });
    const published = mediator.publish(new Happened());
    await vi.runAllTimersAsync();
    await published;
    expect(log).toEqual(["flaky", "steady", "flaky", "flaky", "follow-up"]);
  });

  it("publishes again to a broker that refused, under the same id (M3)", async () => {
    const broker = new RecordingBroker();
    const ids: string[] = [];
    const publish = broker.publish.bind(broker);
    broker.publish = async (messages, options) => {
      ids.push(...messages.map(({ id }) => id));
      if (ids.length < 3) throw boom;
      await publish(messages, options);
    };
    await using mediator = bootstrap({
      logger: new RecordingLogger(),
      messageBroker: broker,
      middlewares: [retry({ attempts: 3, delay: 0 })],
    });
    const event = new Told();
    const published = mediator.publish(event);
    await vi.runAllTimersAsync();
    await published;
    expect(ids).toEqual([event.eventId, event.eventId, event.eventId]);
    expect(broker.messages).toHaveLength(1);
  });

  it("fails with the last error, as that handler's (E6)", async () => {
    await using mediator = bootstrap({
      logger: new RecordingLogger(),
      domainEventsMapper: (map) =>
        map.bind(Happened, function flaky() {
          throw boom;
        }),
      middlewares: [retry({ attempts: 2, delay: 0 })],
    });
    const published = rejection<EventHandlingError>(mediator.publish(new Happened()));
    await vi.runAllTimersAsync();
    expect((await published).failures).toEqual([
      { event: expect.any(Happened), handler: "flaky", error: boom },
    ]);
  });
});
