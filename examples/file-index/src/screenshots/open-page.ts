import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { programs } from "@sluice-internal/services";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Chromium with the live page of a folder, served by a process of its own. */
export class LivePage implements AsyncDisposable {
  private constructor(
    readonly browser: Browser,
    readonly url: string,
    readonly stop: () => void,
  ) {}

  static async serve(folder: string, cwd: string): Promise<LivePage> {
    const main = fileURLToPath(new URL("../main.js", import.meta.url));
    const server = spawn(process.execPath, [main, "--serve", "--port", "0", folder], { cwd });
    for await (const line of createInterface(server.stdout)) {
      const [url] = /http:\S+/.exec(line) ?? [];
      if (url !== undefined)
        return new LivePage(await chromium.launch({ executablePath: programs.chromium.path }), url, () =>
          server.kill(),
        );
    }
    throw new Error("The server ended before it said where it is.");
  }

  async open(options: BrowserContextOptions): Promise<Page> {
    const page = await this.browser.newPage(options);
    await page.goto(this.url);
    await page.locator("#start:enabled").waitFor();
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    this.stop();
  }
}
