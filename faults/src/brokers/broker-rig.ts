import { type RunningServer, type StartOptions, TcpProxy } from "@sluice-internal/services";
import type { Child } from "../child.js";
import type { ReceiverOrder } from "../children/receiver.js";
import type { SenderOrder } from "../children/sender.js";
import { countEffects } from "../count/count-effects.js";
import type { BrokerContext } from "../fault.js";
import { pause, Rig } from "../rig.js";

const group = "takers";

/** The whole way: writers, an outbox, relays, a broker, consumers, an inbox, effects; each in processes of their own. */
export class BrokerRig implements AsyncDisposable {
  #names = 0;

  private constructor(
    readonly context: BrokerContext,
    readonly rig: Rig,
    readonly server: RunningServer,
    /** The only way of the processes to the broker. */
    readonly proxy: TcpProxy,
    readonly brokerUrl: string,
  ) {}

  static async open(
    context: BrokerContext,
    options: Pick<StartOptions, "folder" | "settings"> = {},
  ): Promise<BrokerRig> {
    const rig = await Rig.open(context);
    let port = 0;
    const proxy = await TcpProxy.open(() => port);
    const server = await context.broker.start({ ...options, seenAt: proxy.port });
    port = server.port;
    return new BrokerRig(context, rig, server, proxy, server.url.replace(`:${port}`, `:${proxy.port}`));
  }

  async sender(): Promise<Child<SenderOrder>> {
    const child = this.rig.start("sender", { ...this.#order("sender") });
    await child.message();
    return child;
  }

  /** Starts a member of the group, which is subscribed when this resolves. */
  async receiver(order: Partial<ReceiverOrder> = {}): Promise<Child<ReceiverOrder>> {
    const { consumerMutant: mutant } = this.context;
    const child = this.rig.start<ReceiverOrder>("receiver", {
      ...this.#order("receiver"),
      topics: ["facts"],
      group,
      log: this.rig.log,
      ...(mutant && { mutant }),
      ...order,
    });
    await child.message();
    return child;
  }

  #order(kind: string): SenderOrder {
    const { engine, broker } = this.context;
    const name = `${kind}-${++this.#names}`;
    return {
      engine: engine.name,
      url: this.rig.database.url,
      broker: broker.name,
      brokerUrl: this.brokerUrl,
      name,
    };
  }

  async effects(): Promise<number> {
    return (await countEffects(this.rig.database.url)).effects;
  }

  /** Waits until each message has had its effect; `false` when nothing came for so long. */
  async settled(expected: () => Promise<number>, silenceMs = 60_000): Promise<boolean> {
    let seen = -1;
    for (let last = Date.now(); Date.now() - last < silenceMs; await pause(200)) {
      const effects = await this.effects();
      if (effects >= (await expected())) return true;
      if (effects !== seen) last = Date.now();
      seen = effects;
    }
    return false;
  }

  async facts(): Promise<number> {
    const [rows = []] = await this.rig.query("select count(*) as n from fact");
    return Number(rows[0]?.n);
  }

  /** What the database and the log say in the end. */
  async count() {
    const { facts, lost, ghosts, duplicates, inversions } = await this.rig.count();
    const { effects, repeated } = await countEffects(this.rig.database.url);
    return { facts, effects, repeatedEffects: repeated, lost, ghosts, handledAgain: duplicates, inversions };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
    await this.server.stop();
    await this.proxy[Symbol.asyncDispose]();
  }
}
