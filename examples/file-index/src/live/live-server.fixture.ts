import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** `npm start -- --serve` in a process of its own. */
export class LiveServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly lines: string[] = [];
  readonly #waiting = new Map<(line: string) => boolean, (line: string) => void>();
  url = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on("line", (line) => this.#take(line));
    }
  }

  static async start(cwd: string, ...args: string[]): Promise<LiveServer> {
    const server = new LiveServer(spawn(process.execPath, [main, "--serve", ...args], { cwd }));
    const line = await server.says(/http:\S+/);
    server.url = /http:\S+/.exec(line)?.[0] ?? "";
    return server;
  }

  /** The first line, from now on or before, that matches; lines that were waited for do not count again. */
  async says(what: RegExp): Promise<string> {
    const at = this.lines.findIndex((line) => what.test(line));
    if (at >= 0) return this.lines.splice(at, 1)[0] as string;
    return new Promise((resolve) => this.#waiting.set((line) => what.test(line), resolve));
  }

  #take(line: string): void {
    for (const [matches, resolve] of this.#waiting) {
      if (!matches(line)) continue;
      this.#waiting.delete(matches);
      return resolve(line);
    }
    this.lines.push(line);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  async end(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    this.#child.kill("SIGCONT"); // one that a test has stopped would not end
    this.#child.kill(signal);
    const [code] = await once(this.#child, "exit");
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
