import type { Message } from "../brokers/message.js";
import type { MessageBroker, PublishOptions } from "../brokers/message-broker.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import type { Logger } from "../handlers/logger.js";
import { Command } from "../messages/command.js";
import { NotificationEvent } from "../messages/notification-event.js";
import type { RequestMap } from "../requests/request-map.js";

/** A command that is handled by the function it carries. */
export class Do<R = void> extends Command<R> {
  constructor(readonly body: (context: HandlerContext) => R | Promise<R>) {
    super();
  }
}

/** A command that streams what the function it carries gives. */
export class Flow<T = unknown> extends Command<T> {
  constructor(readonly body: (context: HandlerContext) => AsyncIterable<T>) {
    super();
  }
}

/** Binds {@link Do} and {@link Flow}. */
export function bindBodies(map: RequestMap): RequestMap {
  return map
    .bind(Do<unknown>, ({ body }, context) => body(context))
    .bind(Flow<unknown>, ({ body }, context) => body(context));
}

/** A notification event with nothing of interest but its key. */
export class Told extends NotificationEvent<{ n: number }> {
  constructor(n = 0, key?: string) {
    super({ eventName: "test.told", topic: "test", key, payload: { n } });
  }
}

const { setImmediate: turn } = globalThis;

/** Lets everything go on that can: all promise jobs run, no time passes. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => turn(resolve));
}

/** Keeps what is logged, as `"level: message"`. */
export class RecordingLogger implements Logger {
  readonly lines: string[] = [];
  readonly details: object[] = [];

  debug = (details: object, message: string): void => this.#keep("debug", details, message);
  info = (details: object, message: string): void => this.#keep("info", details, message);
  warn = (details: object, message: string): void => this.#keep("warn", details, message);
  error = (details: object, message: string): void => this.#keep("error", details, message);

  #keep(level: string, details: object, message: string): void {
    this.lines.push(`${level}: ${message}`);
    this.details.push(details);
  }
}

/** Keeps what is published. */
export class RecordingBroker implements MessageBroker {
  readonly messages: Message[] = [];

  async publish(messages: readonly Message[], _options: PublishOptions): Promise<void> {
    this.messages.push(...messages);
  }

  async close(): Promise<void> {}
}

/** Where handlers wait until the test lets them go on, each under a name of its own. */
export class Gates {
  /** Who has come here, in order. */
  readonly arrived: string[] = [];
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();

  /** Who waits here now. */
  get waiting(): string[] {
    return [...this.#waiting.keys()];
  }

  pass(name: string): Promise<void> {
    if (this.#waiting.has(name)) throw new Error(`${name} waits here already; each needs a name of its own.`);
    const gate = Promise.withResolvers<void>();
    this.arrived.push(name);
    this.#waiting.set(name, gate);
    return gate.promise;
  }

  /** Lets one go on, and everything that follows from it. */
  async open(name: string): Promise<void> {
    const gate = this.#take(name);
    gate.resolve();
    await quiet();
  }

  async fail(name: string, error: unknown): Promise<void> {
    const gate = this.#take(name);
    gate.reject(error);
    await quiet();
  }

  /** Lets all go on that wait now or come later, one after another in the order they came. */
  async openAll(): Promise<void> {
    await quiet();
    for (let name = this.waiting[0]; name !== undefined; name = this.waiting[0]) await this.open(name);
  }

  #take(name: string): PromiseWithResolvers<void> {
    const gate = this.#waiting.get(name);
    if (gate === undefined) throw new Error(`${name} does not wait; these do: ${this.waiting.join(", ")}`);
    this.#waiting.delete(name);
    return gate;
  }
}

/** Counts what runs at the same moment. */
export class Gauge {
  running = 0;
  peak = 0;
  total = 0;

  async during<T>(body: () => T | Promise<T>): Promise<T> {
    this.enter();
    try {
      return await body();
    } finally {
      this.leave();
    }
  }

  enter(): void {
    this.total++;
    this.running++;
    this.peak = Math.max(this.peak, this.running);
  }

  leave(): void {
    this.running--;
  }
}

/** Reads a stream to its end. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What a promise is rejected with. */
export async function rejection<E = Error>(promise: PromiseLike<unknown>): Promise<E> {
  try {
    await promise;
  } catch (error) {
    return error as E;
  }
  throw new Error("It was expected to be rejected, and was not.");
}

/** Waits for what needs no time to pass; an error, not a time-out of the test, where it waits for ever. */
export async function finished<T>(promise: PromiseLike<T>): Promise<T> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  for (let turns = 0; turns < 500 && !settled; turns++) await quiet();
  if (!settled) throw new Error("It waits for ever.");
  return promise;
}
