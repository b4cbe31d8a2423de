import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "./child.js";
import type { RelayOrder } from "./children/relay.js";
import type { WriterOrder } from "./children/writer.js";
import { countDeliveries, type Deliveries } from "./count/count-deliveries.js";
import { rowsOf } from "./count/rows-of.js";
import type { Database, StartOptions } from "./engines/engine.js";
import type { FaultContext } from "./fault.js";

/** A database with tables, a log, and the processes of one run. */
export class Rig implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-faults-"));
  readonly #children = new Set<Child<object>>();
  readonly log = join(this.#folder, "arrived.log");
  #relays = 0;

  private constructor(
    readonly context: FaultContext,
    readonly database: Database,
    readonly env: NodeJS.ProcessEnv,
  ) {
    writeFileSync(this.log, "");
  }

  /** `env` is that of all processes: the server's, relays' and writers'. */
  static async open(context: FaultContext, options?: StartOptions): Promise<Rig> {
    const database = await context.engine.start(options);
    await context.engine.migrate(database.url);
    return new Rig(context, database, options?.env ?? {});
  }

  /** Starts a relay, which is at work when this resolves, unless it died before. */
  async relay(order: Partial<RelayOrder> = {}): Promise<Child<RelayOrder>> {
    const child = Child.start<RelayOrder>(
      "relay",
      {
        engine: this.context.engine.name,
        url: this.database.url,
        log: this.log,
        name: `relay-${++this.#relays}`,
        leaseMs: 1_000,
        batchSize: 100,
        ...(this.context.mutant && { mutant: this.context.mutant }),
        ...order,
      },
      this.env,
    );
    this.#children.add(child);
    await child.message();
    return child;
  }

  writer(
    order: Partial<WriterOrder> & { readonly name: string; readonly messages: number },
  ): Child<WriterOrder> {
    const child = Child.start<WriterOrder>(
      "writer",
      {
        engine: this.context.engine.name,
        url: this.database.url,
        keys: 10,
        perTransaction: 5,
        rollBack: 0,
        holdMs: 0,
        seed: this.context.random.between(1, 1e9),
        ...order,
      },
      this.env,
    );
    this.#children.add(child);
    return child;
  }

  /** A child of any program. */
  start<Order extends object>(program: string, order: Order): Child<Order> {
    const child = Child.start(program, order, this.env);
    this.#children.add(child);
    return child;
  }

  async pending(): Promise<number> {
    const [rows = []] = await rowsOf(this.database.url, [
      "select count(*) as n from sluice_outbox where state = 0",
    ]);
    return Number(rows[0]?.n);
  }

  /** Waits until nothing is pending; `false` when that takes too long. */
  async drained(withinMs: number): Promise<boolean> {
    for (const start = Date.now(); Date.now() - start < withinMs; await pause(100))
      if ((await this.pending().catch(() => 1)) === 0) return true;
    return false;
  }

  /** What arrived and what failed, a line each. */
  lines(): string[] {
    return readFileSync(this.log, "utf8").split("\n").filter(Boolean);
  }

  query(...queries: readonly string[]) {
    return rowsOf(this.database.url, queries);
  }

  /** One more message, by a writer of its own: a destination that takes others is not at fault. */
  async writeOneMore(): Promise<void> {
    const names = ["a", "b", "c"].map((topic) => ({ name: `more-${++this.#relays}`, topics: [topic] }));
    await Promise.all(names.map((order) => this.writer({ ...order, messages: 1, keys: 1 }).ended()));
  }

  /**
   * How long it takes, in milliseconds, until a message arrives that is written from now on: what was on its way before says
   * nothing. `withinMs` where none does.
   */
  async backToWork(withinMs: number): Promise<number> {
    const name = `mark-${++this.#relays}`;
    const start = Date.now();
    await this.writer({ name, messages: 1, keys: 1 }).ended();
    while (!this.lines().some((line) => line.startsWith(`arrived\t${name}-0/`))) {
      if (Date.now() - start > withinMs) return withinMs;
      await pause(50);
    }
    return Date.now() - start;
  }

  count(): Promise<Deliveries> {
    return countDeliveries(this.database.url, this.log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.kill()));
    await this.database.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
