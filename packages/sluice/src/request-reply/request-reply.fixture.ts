import { afterEach, beforeEach, vi } from "vitest";
import { MemoryMessageBroker } from "../brokers/memory/memory-message-broker.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { Gates, quiet, RecordingLogger } from "../mediator/flow.fixture.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { MessageRegistry } from "../messages/message-registry.js";
import { connectRequester } from "./connect-requester.js";
import type { ReplyPlace } from "./protocol.js";
import type { Requester } from "./requester.js";
import type { RequesterOptions } from "./requester-options.js";
import { type ResponderOptions, startResponder } from "./start-responder.js";

/** Answered when the gate of its name opens. */
export class Ask extends Command<string> {
  constructor(readonly what: string) {
    super();
  }
}

/** Streams the numbers up to its end, which may be infinite, and tells how far it ran. */
export class Count extends Command<number> {
  constructor(readonly end: number | null) {
    super();
  }
}

export class Heard extends DomainEvent {}
export class Unbound extends Command {}

const registry = new MessageRegistry()
  .register("ask", Ask)
  .register("count", Count)
  .register("heard", Heard)
  .register("unbound", Unbound);

/** Two services on one broker, whose handlers the test watches. */
export class Bed {
  readonly gates = new Gates();
  readonly logger = new RecordingLogger();
  readonly broker = new MemoryMessageBroker({ logger: this.logger });
  readonly contexts: HandlerContext[] = [];
  /** How far streams ran, and how they ended. */
  readonly counted: (number | "finally")[] = [];
  failAt = Number.POSITIVE_INFINITY;
  error: unknown = new Error("the password is secret");
  readonly mediator = bootstrap({
    commandsMapper: (map) =>
      map
        .bind(Ask, async ({ what }, context) => {
          this.contexts.push(context);
          await this.gates.pass(what);
          return `${what}!`;
        })
        .bind(Count, ({ end }, context) => this.#count(end ?? Number.POSITIVE_INFINITY, context)),
  });

  async *#count(end: number, context: HandlerContext): AsyncGenerator<number> {
    this.contexts.push(context);
    try {
      for (let n = 1; n <= end; n++) {
        if (n === this.failAt) throw this.error;
        this.counted.push(n);
        yield n;
      }
    } finally {
      this.counted.push("finally");
    }
  }

  respond(options: Partial<ResponderOptions> = {}) {
    const { broker, mediator, logger } = this;
    return startResponder({
      broker,
      mediator,
      logger,
      registry,
      topic: "asking",
      group: "answerers",
      ...options,
    });
  }

  /** The place of the first reply to the first request that was sent. */
  get firstPlace(): ReplyPlace {
    const [request] = this.broker.published;
    const requester = request?.headers["reply-requester"] ?? "";
    return { requester, requestId: request?.id ?? "", run: "run 1", place: 0 };
  }

  request(options: Partial<RequesterOptions> = {}): Promise<Requester> {
    const { broker, logger } = this;
    return connectRequester({ broker, logger, registry, topic: "asking", ...options });
  }
}

/** Lets both sides and the broker go on until nothing moves. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await quiet();
}

/** A new bed for each test, and only the time that the test lets pass. */
export function useBed(): { readonly bed: Bed } {
  const holder = { bed: undefined as unknown as Bed };
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
    });
    holder.bed = new Bed();
  });
  afterEach(() => void vi.useRealTimers());
  return holder;
}
