import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A program of `children/` in a process of its own. */
export class Child<Order extends object> {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  #isGone = false;

  private constructor(program: string, order: Order, env: NodeJS.ProcessEnv) {
    this.#process = fork(new URL(`children/${program}.js`, import.meta.url), {
      serialization: "json",
      env: { ...process.env, ...env },
    });
    this.#exit = once(this.#process, "exit").then(() => {
      this.#isGone = true;
    });
    this.#process.on("error", () => {});
    this.#process.send(order);
  }

  static start<Order extends object>(
    program: string,
    order: Order,
    env: NodeJS.ProcessEnv = {},
  ): Child<Order> {
    return new Child(program, order, env);
  }

  /** The next message; `undefined` when it ends without one. */
  async message(): Promise<unknown> {
    const [message] = await Promise.race([
      once(this.#process, "message"),
      this.#exit.then(() => [undefined]),
    ]);
    return message;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    if (!this.#isGone) this.#process.kill("SIGKILL");
    await this.#exit;
  }

  /** Asks it to end by itself. */
  async end(): Promise<void> {
    if (!this.#isGone && this.#process.connected) this.#process.send("end");
    await this.#exit;
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#exit;
  }
}
