import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

interface ServiceProgram {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Takes what it says, line by line. */
  readonly say: (line: string) => void;
}

const patienceMs = 10_000;

/** A service as a process, started again when it dies, as its operator would. What it says stands behind its name. */
export class ServiceProcess {
  readonly #name: string;
  readonly #start: () => ChildProcess;
  readonly #tell: (line: string) => void;
  #child: ChildProcess | undefined;
  #isStopped = false;

  constructor({ name, program, args, env, say }: ServiceProgram) {
    this.#name = name;
    this.#tell = say;
    this.#start = () =>
      spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  }

  /** Resolves when it has said that it is ready: the first thing that it says. */
  async start(): Promise<void> {
    const child = this.#start();
    this.#child = child;
    this.#say(`process ${child.pid}`);
    const ready = Promise.withResolvers<void>();
    for (const output of [child.stdout, child.stderr]) {
      if (output === null) continue;
      const lines = createInterface(output).on("line", (line) => this.#say(line));
      if (output === child.stdout) lines.once("line", () => ready.resolve());
    }
    const ended = once(child, "exit").then(([code, signal]) => `ended with ${code ?? signal}`);
    void ended.then((end) => ready.reject(new Error(`${this.#name} ${end} before it was ready`)));
    await ready.promise;
    void ended.then((end) => this.#startAgain(end));
  }

  async #startAgain(end: string): Promise<void> {
    if (this.#isStopped) return;
    this.#say(`${end}; it is started again`);
    await this.start().catch((error) => this.#say(error.message));
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Ends it; by SIGKILL where it does not follow. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    const impatience = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    await gone;
    clearTimeout(impatience);
  }

  #say(line: string): void {
    this.#tell(`${`${this.#name}:`.padEnd(11)}${line}`);
  }
}
