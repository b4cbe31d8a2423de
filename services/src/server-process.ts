import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  /** Whose process it is to be; its own user where it is left out. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Where it writes what it says. */
  readonly log: string;
}

const patienceMs = 30_000;

/** A server's process, from its start to its end. */
export class ServerProcess {
  readonly #program: Program;
  readonly #probe: () => Promise<unknown>;
  #child: ChildProcess | undefined;

  /** `probe` resolves when the server takes connections. */
  constructor(program: Program, probe: () => Promise<unknown>) {
    this.#program = program;
    this.#probe = probe;
    // Whoever leaves without a word takes the server along.
    process.once("exit", () => this.#child?.kill("SIGKILL"));
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const { path, args, user, cwd, env, log } = this.#program;
    const output = openSync(log, "a");
    const child = spawn(path, args, {
      ...user,
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    this.#child = child;
    const failed = once(child, "error").then(([error]) => Promise.reject(error));
    await Promise.race([failed, this.#ready(child)]);
    failed.catch(() => {});
  }

  async #ready(child: ChildProcess): Promise<void> {
    for (const start = Date.now(); ; await pause(20)) {
      if (child.exitCode !== null || child.signalCode !== null) throw this.#failure("ended at once");
      try {
        await this.#probe();
        return;
      } catch (error) {
        if (Date.now() - start > patienceMs) throw this.#failure(`does not answer: ${error}`);
      }
    }
  }

  #failure(what: string): Error {
    const { path, log } = this.#program;
    const said = readFileSync(log, "utf8").trim().split("\n").slice(-15).join("\n");
    return new Error(`${path} ${what}. It said:\n${said}`);
  }

  /** Ends it; resolves when it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }
}
