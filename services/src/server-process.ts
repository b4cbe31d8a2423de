import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from "node:fs";
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
  /** What it says when something of its killed predecessor is still there: it is tried again. */
  readonly tooEarly?: RegExp;
}

/** Resolves when the server takes requests, and is called again while it rejects; `said` is its log since this start. */
export type Probe = (said: () => string) => Promise<unknown>;

const startPatienceMs = 60_000;
const endPatienceMs = 10_000;

const children = new Set<ChildProcess>();
// Whoever leaves without a word takes the servers along.
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Linux ends a program that it starts together with whoever started it, kill -9 included. */
const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find(existsSync);
const along = setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL", "--"];

/** A server's process, from its start to its end. */
export class ServerProcess {
  readonly #program: Program;
  readonly #probe: Probe;
  #child: ChildProcess | undefined;
  /** How long the log was before this start. */
  #logStart = 0;

  constructor(program: Program, probe: Probe) {
    this.#program = program;
    this.#probe = probe;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    for (const begin = Date.now(); ; await pause(50)) {
      try {
        return await this.#startOnce();
      } catch (error) {
        const isTooEarly = this.#program.tooEarly?.test(this.#said());
        if (!isTooEarly || Date.now() - begin > endPatienceMs) throw error;
      }
    }
  }

  async #startOnce(): Promise<void> {
    const { path, args, user, cwd, env, log } = this.#program;
    const output = openSync(log, "a");
    this.#logStart = fstatSync(output).size;
    const [command = path, ...rest] = [...along, path, ...args];
    const child = spawn(command, rest, {
      ...user,
      cwd,
      // Ctrl-C at a terminal is for whoever started it, and ends it when its clients have left.
      detached: true,
      env: { ...process.env, ...env },
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    this.#child = child;
    children.add(child);
    child.once("exit", () => children.delete(child));
    const failed = once(child, "error").then(([error]) => Promise.reject(error));
    await Promise.race([failed, this.#ready(child)]);
    failed.catch(() => {});
  }

  async #ready(child: ChildProcess): Promise<void> {
    for (const start = Date.now(); ; await pause(30)) {
      if (child.exitCode !== null || child.signalCode !== null) throw this.#failure("ended at once");
      try {
        await this.#probe(() => this.#said());
        return;
      } catch (error) {
        if (Date.now() - start > startPatienceMs) throw this.#failure(`does not answer: ${error}`);
      }
    }
  }

  #failure(what: string): Error {
    const said = this.#said().trim().split("\n").slice(-15).join("\n");
    return new Error(`${this.#program.path} ${what}. It said:\n${said}`);
  }

  #said(): string {
    return readFileSync(this.#program.log).toString("utf8", this.#logStart);
  }

  /** Ends it, by SIGKILL where it does not follow; resolves when it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    const impatience = setTimeout(() => child.kill("SIGKILL"), endPatienceMs);
    await gone;
    clearTimeout(impatience);
  }
}
