import { describe, expect, it, vi } from "vitest";
import { RecordingContainer, UnitOfWork } from "../handlers/recording.fixture.js";
import {
  type BootstrapOptions,
  bootstrap,
  type ChainContext,
  ChainExhaustedError,
  ChainedRequestHandler,
  type ChainLinkFor,
  Command,
  DomainEvent,
  fallback,
  SharedHandlerError,
} from "../index.js";
import { Gates, quiet, rejection } from "../mediator/flow.fixture.js";

class Pay extends Command<string> {
  constructor(readonly method: string) {
    super();
  }
}

class Noted extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

const log: string[] = [];

/** A link that answers its own method, and passes everything else on. */
abstract class Link extends ChainedRequestHandler<Pay> {
  constructor(readonly method: string) {
    super();
    log.push(`made ${method}`);
  }

  async handle(command: Pay) {
    this.emit(new Noted(this.method));
    return command.method === this.method ? `paid by ${this.method}` : this.next(command);
  }
}

class PayByCard extends Link {
  constructor() {
    super("card");
  }
}

class PayByBank extends Link {
  constructor() {
    super("bank");
  }
}

class PayInCash extends Link {
  constructor() {
    super("cash");
  }
}

class PayLater extends ChainedRequestHandler<Pay> {
  handle() {
    return "paid later";
  }
}

/** A mediator with a chain, and the names of the events that were handled. */
function chained(
  links: readonly ChainLinkFor<Pay>[],
  options: { readonly default?: ChainLinkFor<Pay> } = {},
  more: Partial<BootstrapOptions> = {},
) {
  log.length = 0;
  const handled: string[] = [];
  const mediator = bootstrap({
    commandsMapper: (map) => map.bind(Pay, links, options),
    domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
    ...more,
  });
  return { mediator, handled, pay: (method: string) => mediator.send(new Pay(method)) };
}

describe("a chain of responsibility (R4)", () => {
  const links = [PayByCard, PayByBank, PayInCash];

  it("stops at the first link that answers, the second, the third (R4)", async () => {
    const { pay } = chained(links);
    expect(await pay("card")).toBe("paid by card");
    expect(await pay("bank")).toBe("paid by bank");
    expect(await pay("cash")).toBe("paid by cash");
  });

  it("makes a link only when the chain reaches it (R4)", async () => {
    for (const container of [undefined, new RecordingContainer()]) {
      const { pay } = chained(links, {}, { container });
      expect(log).toEqual([]);
      await pay("card");
      expect(log).toEqual(["made card"]);
      log.length = 0;
      await pay("bank");
      expect(log).toEqual(["made card", "made bank"]);
    }
  });

  it("processes the events of every link that ran, and of no other (R4)", async () => {
    const { pay, handled } = chained(links);
    await pay("bank");
    expect(handled).toEqual(["card", "bank"]);
    handled.length = 0;
    await pay("cash");
    expect(handled).toEqual(["card", "bank", "cash"]);
  });

  it("keeps the events in the order of emission, around next() too (R4)", async () => {
    const { pay, handled } = chained([
      async (command, { emit, next }) => {
        emit(new Noted("before"));
        const answer = await next(command);
        emit(new Noted("after"));
        return answer;
      },
      (_, { emit }) => {
        emit(new Noted("inner"));
        return "answered";
      },
    ]);
    await pay("x");
    expect(handled).toEqual(["before", "inner", "after"]);
  });

  it("answers after the events are handled (R4, R1)", async () => {
    const gates = new Gates();
    const { pay } = chained(
      links,
      {},
      { domainEventsMapper: (map) => map.bind(Noted, ({ name }) => gates.pass(name)) },
    );
    const answer = vi.fn();
    const paying = pay("bank").then(answer);
    await quiet();
    await gates.open("bank");
    expect(answer).not.toHaveBeenCalled();
    await gates.open("card");
    await paying;
    expect(answer).toHaveBeenCalledWith("paid by bank");
  });

  it("fails at its end without a default, with an error that names the links and the way out (R4)", async () => {
    const { pay, handled } = chained([PayByCard, PayByBank]);
    const error = await rejection<ChainExhaustedError>(pay("shells"));
    expect(error).toBeInstanceOf(ChainExhaustedError);
    expect(error.links).toEqual(["PayByCard", "PayByBank"]);
    expect(error.message).toMatch(/Pay\b.*PayByCard → PayByBank.*default/);
    expect(handled).toEqual([]);
  });

  it("asks the default when every link has passed the request on (R4)", async () => {
    for (const byDefault of [PayLater, new PayLater(), () => "paid later", { handle: () => "paid later" }]) {
      const { pay, handled } = chained([PayByCard], { default: byDefault });
      expect(await pay("shells")).toBe("paid later");
      expect(handled).toEqual(["card"]);
      expect(await pay("card")).toBe("paid by card");
    }
  });

  it("has nothing behind the default (R4)", async () => {
    const { pay } = chained([PayByCard], { default: (command, { next }) => next(command) });
    expect(await rejection(pay("shells"))).toBeInstanceOf(ChainExhaustedError);
  });

  it("passes on another request of the same class, for the links behind to see (R4)", async () => {
    const { pay } = chained([(_, { next }) => next(new Pay("bank")), PayByBank]);
    expect(await pay("anything")).toBe("paid by bank");
  });

  it("may pass on more than once: each is a run of its own (R4)", async () => {
    let tries = 0;
    const { pay, handled } = chained([
      async (command, { next }) => {
        try {
          return await next(command);
        } catch {
          return next(command);
        }
      },
      (_, { emit }) => {
        emit(new Noted(`try ${++tries}`));
        if (tries === 1) throw new Error("not yet");
        return "answered";
      },
    ]);
    expect(await pay("x")).toBe("answered");
    expect(handled).toEqual(["try 2"]);
  });

  it("may change the answer of the links behind (R4)", async () => {
    const { pay } = chained([async (command, { next }) => `${await next(command)}, thank you`, PayByCard]);
    expect(await pay("card")).toBe("paid by card, thank you");
  });

  it("keeps requests independent of one another (R4)", async () => {
    const { pay } = chained(links);
    expect(await Promise.all(["cash", "card", "bank", "card"].map(pay))).toEqual([
      "paid by cash",
      "paid by card",
      "paid by bank",
      "paid by card",
    ]);
  });

  it("takes links of every form: classes, objects, functions, fallbacks (R4)", async () => {
    const plain = {
      events: [] as Noted[],
      clearEvents() {
        this.events = [];
      },
      handle(command: Pay, { next }: ChainContext<Pay>) {
        this.events.push(new Noted("plain"));
        return next(command);
      },
    };
    const { pay, handled } = chained([
      plain,
      fallback(
        () => {
          throw new Error("broken");
        },
        (command: Pay, { next }: ChainContext<Pay>) => next(command),
      ),
      PayByBank,
    ]);
    expect(await pay("bank")).toBe("paid by bank");
    expect(handled).toEqual(["plain", "bank"]);
  });

  it("runs a link of its own class inside a fallback: this.next works, and events of a failed one are discarded (R4, R5)", async () => {
    class Fails extends ChainedRequestHandler<Pay> {
      async handle(command: Pay): Promise<string> {
        this.emit(new Noted("of the failed primary"));
        await this.next(command);
        throw new Error("broken");
      }
    }
    class Passes extends ChainedRequestHandler<Pay> {
      handle(command: Pay) {
        this.emit(new Noted("of the fallback"));
        return this.next(command);
      }
    }
    const { pay, handled } = chained([fallback(Fails, Passes), PayByBank]);
    expect(await pay("bank")).toBe("paid by bank");
    expect(handled).toEqual(["of the fallback", "bank"]);
  });

  it("rejects with the error of a link, and discards all events of the request (R4)", async () => {
    const error = new Error("declined");
    const { pay, handled } = chained([
      PayByCard,
      () => {
        throw error;
      },
    ]);
    expect(await rejection(pay("bank"))).toBe(error);
    expect(handled).toEqual([]);
  });
});

describe("links and their scopes (R4, U1)", () => {
  it("runs each link in a scope of its own, which closes after the links behind it (U1)", async () => {
    const units: UnitOfWork[] = [];
    const states: string[] = [];
    const container = new RecordingContainer();
    const see = async (command: Pay, { next, resolve }: ChainContext<Pay>) => {
      const unit = await resolve(UnitOfWork);
      units.push(unit);
      const answer = await next(command);
      states.push(unit.state);
      return answer;
    };
    const { pay } = chained([see, see], { default: PayLater }, { container });
    await pay("x");
    expect(new Set(units).size).toBe(2);
    expect(states).toEqual(["open", "open"]);
    expect(container.states).toEqual(["committed", "committed", "committed"]);
  });

  it("rolls back every link that the error passes through, and commits one that caught it (U1)", async () => {
    const container = new RecordingContainer();
    const catches = async (command: Pay, { next, resolve }: ChainContext<Pay>) => {
      await resolve(UnitOfWork);
      return next(command).catch(() => "caught");
    };
    const passes = async (command: Pay, { next, resolve }: ChainContext<Pay>) => {
      await resolve(UnitOfWork);
      return next(command);
    };
    const fails = async (_: Pay, { resolve }: ChainContext<Pay>): Promise<string> => {
      await resolve(UnitOfWork);
      throw new Error("declined");
    };
    const { pay } = chained([catches, passes, fails], {}, { container });
    expect(await pay("x")).toBe("caught");
    expect(container.states).toEqual(["committed", "rolled back", "rolled back"]);
  });
});

describe("a link that is one instance for ever (S2)", () => {
  it("answers through context.next while it serves several requests at once (S2, R4)", async () => {
    const gates = new Gates();
    class Shared extends ChainedRequestHandler<Pay> {
      async handle(command: Pay, { next, emit }: ChainContext<Pay>) {
        await gates.pass(command.method);
        emit(new Noted(command.method));
        return next(command);
      }
    }
    const { pay, handled } = chained([new Shared()], { default: ({ method }) => method });
    const answers = [pay("one"), pay("two")];
    await quiet();
    await gates.open("two");
    await gates.open("one");
    expect(await Promise.all(answers)).toEqual(["one", "two"]);
    expect(handled).toEqual(["two", "one"]);
  });

  it("refuses this.next while it serves several, naming context.next and the lifetime (S2)", async () => {
    const gates = new Gates();
    class Shared extends ChainedRequestHandler<Pay> {
      async handle(command: Pay) {
        await gates.pass(command.method);
        return this.next(command);
      }
    }
    const { pay } = chained([new Shared()], { default: ({ method }) => method });
    const first = pay("one");
    const second = pay("two");
    first.catch(() => {});
    await quiet();
    await gates.open("one");
    const error = await rejection(first);
    expect(error).toBeInstanceOf(SharedHandlerError);
    expect(error.message).toMatch(/context\.next.*lifetime/);
    await gates.open("two");
    expect(await second).toBe("two");
  });

  it("cannot pass on outside of a chain, and says so (R4)", async () => {
    class Alone extends ChainedRequestHandler<Pay> {
      pass() {
        return this.next(new Pay("x"));
      }
      handle() {
        return "x";
      }
    }
    expect(() => new Alone().pass()).toThrow(expect.objectContaining({ code: "SLUICE_INVALID_HANDLER" }));
  });
});
