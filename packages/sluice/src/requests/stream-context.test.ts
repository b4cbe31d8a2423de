import { describe, expect, it } from "vitest";
import type { EventMap } from "../events/event-map.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { bindBodies, Do, Flow } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";

class Noted extends DomainEvent {}

describe("the async context of a stream's handler", () => {
  it("is not that of its events, when the next item was asked for before they were handled (S10, S13, E5)", async () => {
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map: EventMap) => map.bind(Noted, async () => {}),
    });
    const stream = mediator.stream(
      new Flow(async function* ({ emit }) {
        emit(new Noted());
        yield "first";
        // Nothing caused this but the stream itself, whose own cause is unknown.
        yield await mediator.send(new Do(({ metadata }) => metadata.causationId ?? "none"));
      }),
    );
    const [first, second] = [stream.next(), stream.next()];
    expect(await first).toEqual({ done: false, value: "first" });
    expect(await second).toEqual({ done: false, value: "none" });
    await stream.return();
  });
});
