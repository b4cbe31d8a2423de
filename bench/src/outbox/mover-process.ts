import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { MoverOrder, MoverReport } from "./mover-side.js";

/** Who moves rows in a process of its own: a relay, or a loop by hand. */
export class MoverProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(report: MoverReport) => void>();
  /** Rejects when it ends. */
  readonly ended: Promise<never>;

  private constructor(child: ChildProcess, way: string) {
    this.#child = child;
    child.on("message", (report: MoverReport) => {
      for (const listener of this.#listeners) listener(report);
    });
    this.ended = once(child, "exit").then(([code]) => {
      throw new Error(`Moving ${way} ended with exit code ${code}.`);
    });
    this.ended.catch(() => {}); // by whoever waits for something
  }

  /** Resolves when it is at work. */
  static async start(order: MoverOrder): Promise<MoverProcess> {
    const child = fork(new URL("mover-side.js", import.meta.url), [JSON.stringify(order)]);
    const mover = new MoverProcess(child, order.way);
    await mover.next("ready");
    return mover;
  }

  /** Calls back for each batch that was published; gives what stops it. */
  onPublished(listener: (rows: number, atMs: number) => void): () => void {
    const take = (report: MoverReport) => {
      if (report.kind === "published") listener(report.rows, report.atMs);
    };
    this.#listeners.add(take);
    return () => this.#listeners.delete(take);
  }

  /** What it has used since its start. */
  usage(): Promise<Extract<MoverReport, { kind: "usage" }>> {
    this.#child.send("usage");
    return this.next("usage");
  }

  /** What it tells next of this kind. */
  next<Kind extends MoverReport["kind"]>(kind: Kind): Promise<Extract<MoverReport, { kind: Kind }>> {
    const told = new Promise<Extract<MoverReport, { kind: Kind }>>((resolve) => {
      const take = (report: MoverReport) => {
        if (report.kind !== kind) return;
        this.#listeners.delete(take);
        resolve(report as Extract<MoverReport, { kind: Kind }>);
      };
      this.#listeners.add(take);
    });
    return Promise.race([told, this.ended]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}
