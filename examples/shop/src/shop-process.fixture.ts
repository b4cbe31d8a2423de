import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** `npm start -w examples/shop` in a process of its own. */
export class ShopProcess implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child;

  private constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [main, ...args]);
    for (const output of [this.#child.stdout, this.#child.stderr])
      createInterface(output).on("line", (line) => this.lines.push(line));
  }

  static async start(...args: string[]): Promise<ShopProcess> {
    const shop = new ShopProcess(args);
    await shop.says(/Ctrl-C ends it/);
    return shop;
  }

  /** What it has said or will say: the group of the pattern in the last line that matches. */
  async says(pattern: RegExp): Promise<string> {
    const isSaid = () => this.lines.some((line) => pattern.test(line));
    await vi.waitUntil(isSaid, { timeout: 20_000, interval: 20 });
    return this.lines.flatMap((line) => pattern.exec(line)?.[1] ?? []).at(-1) ?? "";
  }

  /** Where its page is. */
  get url(): Promise<string> {
    return this.says(/(http:\S+)/);
  }

  /** Ends it; the exit code. */
  async end(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return exitCode;
    this.#child.kill(signal);
    const [code] = await once(this.#child, "exit");
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
