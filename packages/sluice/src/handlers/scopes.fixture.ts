import {
  type BootstrapOptions,
  bootstrap,
  Command,
  DomainEvent,
  EventHandler,
  type HandlerContext,
  RequestHandler,
} from "../index.js";
import { bindBodies, Gates, Gauge, quiet, RecordingLogger } from "../mediator/flow.fixture.js";
import { RecordingContainer, UnitOfWork } from "./recording.fixture.js";

export class Order extends Command<string> {}

export class Ordered extends DomainEvent {
  constructor(readonly name = "a") {
    super();
  }
}

class FollowedUp extends DomainEvent {}

/** An application of classes that write down what they do, in a container that writes down its scopes. */
export function application(options: Partial<BootstrapOptions> = {}) {
  const log: string[] = [];
  class OrderHandler extends RequestHandler<Order> {
    handle() {
      log.push("handle");
      this.emit(new Ordered());
      return "ordered";
    }
  }
  class OrderedHandler extends EventHandler<Ordered> {
    handle() {
      log.push("event");
    }
  }
  const container = new RecordingContainer({ log });
  const mediator = bootstrap({
    container,
    commandsMapper: (map) => bindBodies(map).bind(Order, OrderHandler),
    domainEventsMapper: (map) => map.bind(Ordered, OrderedHandler),
    ...options,
  });
  return { log, container, mediator };
}

/** Writes down the unit of work of every event handler; the event's name says what else it does. */
export function recordingUnits(options: Partial<BootstrapOptions> = {}) {
  const units: UnitOfWork[] = [];
  const gates = new Gates();
  const gauge = new Gauge();
  const logger = new RecordingLogger();
  const log: string[] = [];
  const container = new RecordingContainer({ log });
  const onOrdered = ({ name }: Ordered, { emit, resolve }: HandlerContext) =>
    gauge.during(async () => {
      units.push(await resolve(UnitOfWork));
      log.push(`event ${name}`);
      if (name === "fails") throw new TypeError("refused");
      if (name === "waits") await gates.pass(name);
      if (name === "follows up") emit(new FollowedUp());
      await quiet();
    });
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: bindBodies,
    domainEventsMapper: (map) =>
      map
        .bind(Ordered, onOrdered)
        .bind(FollowedUp, async (_, { resolve }) => units.push(await resolve(UnitOfWork))),
    ...options,
  });
  return { units, gates, gauge, logger, log, container, mediator };
}
