import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { bootstrap, type Mediator, type MessageBroker, Query } from "sluice";
import { MessageRegistry } from "sluice/messages";
import { connectRequester, type RequesterOptions, startResponder } from "sluice/request-reply";
import { RecordingLogger } from "sluice/testing";

/** Answered by the numbers up to its end. */
export class CountTo extends Query<number> {
  constructor(readonly end: number) {
    super();
  }
}

/** Answered when its handler is told to stop. */
export class Wait extends Query<string> {}

/** How one process makes a broker, and another one the same. */
export interface BrokerModule {
  readonly entryPoint: string;
  readonly brokerClass: string;
  readonly options: (url: string) => object;
}

/** Two services on one real broker, under a topic of their own. */
export class Services implements AsyncDisposable {
  readonly topic = `asking-${crypto.randomUUID()}`;
  readonly registry = new MessageRegistry().register("count.to", CountTo).register("wait", Wait);
  readonly logger = new RecordingLogger();
  /** What handlers did, in their order. */
  readonly done: (number | string)[] = [];
  readonly #opened: { close(): Promise<void> }[] = [];
  readonly #processes: ChildProcessByStdio<null, Readable, null>[] = [];
  readonly #module: BrokerModule;
  readonly #options: object;

  constructor(module: BrokerModule, url: string) {
    this.#module = module;
    this.#options = module.options(url);
  }

  async broker(): Promise<MessageBroker> {
    const { entryPoint, brokerClass } = this.#module;
    const { [brokerClass]: Broker } = await import(entryPoint);
    const broker = new Broker({ ...this.#options, logger: this.logger });
    this.#opened.unshift(broker);
    return broker;
  }

  async respond(mediator: Mediator = this.#mediator()) {
    const { topic, registry, logger } = this;
    const both = { broker: await this.broker(), topic, registry, logger };
    const responder = await startResponder({ ...both, group: topic, mediator, closeTimeoutMs: 100 });
    this.#opened.unshift(responder);
    return responder;
  }

  async request(options: Partial<RequesterOptions> = {}) {
    const { topic, registry, logger } = this;
    const requester = await connectRequester({
      broker: await this.broker(),
      topic,
      registry,
      logger,
      ...options,
    });
    this.#opened.unshift(requester);
    return requester;
  }

  /** A responder in a process of its own, which stops after three items. */
  async respondElsewhere() {
    const program = fileURLToPath(new URL("responding-process.js", import.meta.url));
    const { entryPoint, brokerClass } = this.#module;
    const args = [program, entryPoint, brokerClass, JSON.stringify(this.#options), this.topic];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#processes.push(child);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const kill = async () => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    };
    return { said: async () => (await lines.next()).value as string, kill };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) child.kill("SIGKILL");
    for (const each of this.#opened) await each.close();
  }

  #mediator(): Mediator {
    const { done } = this;
    return bootstrap({
      logger: this.logger,
      queriesMapper: (map) =>
        map
          .bind(CountTo, async function* ({ end }) {
            try {
              for (let n = 1; n <= end; n++) {
                done.push(n);
                yield n;
              }
            } finally {
              done.push("finally");
            }
          })
          .bind(Wait, (_, { signal }) => {
            done.push("waits");
            const stopped = Promise.withResolvers<string>();
            signal.addEventListener("abort", () => {
              done.push("told to stop");
              stopped.resolve("stopped");
            });
            return stopped.promise;
          }),
    });
  }
}
