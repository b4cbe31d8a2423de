import { mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import Database from "better-sqlite3";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { makeFiles } from "../bench/make-files.js";
import { LiveServer } from "./live-server.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let browser: Browser;
let context: BrowserContext;
let folder: string;
let server: LiveServer;
/** The first server's: a browser keeps what it has loaded for one origin. */
let port = "0";
const said: string[] = [];
const pages: Page[] = [];

/** A new tab of the one browser, which keeps the page's modules. */
async function open(): Promise<Page> {
  const page = await context.newPage();
  pages.push(page);
  page.on("pageerror", (error) => said.push(error.message));
  page.on("console", (message) => {
    if (!/net::ERR_|404/.test(message.text())) said.push(message.text());
  });
  await page.goto(server.url);
  await page.locator("#start:enabled").waitFor();
  return page;
}

async function start(page: Page, chosen: string): Promise<void> {
  await page.getByLabel("Folder", { exact: true }).fill(chosen);
  await page.getByRole("button", { name: "Start" }).click();
}

const says = (page: Page, text: string | RegExp) => page.locator("#state-text", { hasText: text }).waitFor();
const figure = (page: Page, name: string) =>
  page
    .locator("#tiles div", { has: page.getByText(name, { exact: true }) })
    .locator("dd span")
    .textContent();

/** All that a run can hand out before it comes to the endless file. */
const isUnderWay = (page: Page) => says(page, /^Indexing endless: 150 of 151 files/);

describeWith(programs.chromium, "the live page in Chromium", () => {
  // "few" is done at once; "endless" has a file that is never read to its end, behind 150 others.
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: programs.chromium.path });
    context = await browser.newContext();
    folder = realpathSync(mkdtempSync(join(tmpdir(), "file-index-")));
    for (const name of ["files/few", "files/endless", "files/empty"])
      mkdirSync(join(folder, name), { recursive: true });
    for (const name of ["a.txt", "b.txt"]) writeFileSync(join(folder, "files/few", name), "quick brown fox");
    makeFiles(join(folder, "files/endless"), 150);
    const endless = join(folder, "files/endless/folder-0001/last");
    writeFileSync(endless, "");
    truncateSync(endless, 2 ** 42);
  });

  beforeEach(async () => {
    server = await LiveServer.start(folder, "--port", port, "files");
    port = new URL(server.url).port;
  });

  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await server.end();
    expect(said.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it("shows a run to its end, with duplicates and types, and searches", async () => {
    const page = await open();
    await start(page, "few");
    await says(page, "Done: 2 files");

    expect(await page.locator("#files li").allTextContents()).toEqual([
      expect.stringMatching(/few\/b\.txt\s*duplicate\s*text\/plain\s*15 B/),
      expect.stringMatching(/few\/a\.txt\s*text\/plain\s*15 B/),
    ]);
    expect(await page.locator("#types li").textContent()).toMatch(/text\/plain\s*30 B, 2 files/);
    expect(await page.locator("#copies li").textContent()).toMatch(/few\/a\.txt\s*2 × 15 B/);
    expect(await figure(page, "Events handled")).toBe("8");
    expect(await page.locator("#lanes li").first().textContent()).toMatch(/2\s*done/);

    await page.getByRole("searchbox").fill("BROWN quick");
    await page.locator("#found-count", { hasText: "2 files" }).waitFor();
    expect(await page.locator("#found mark").allTextContents()).toEqual(["quick", "brown", "quick", "brown"]);
    await page.getByRole("radio", { name: "Duplicates" }).check();
    await expect.poll(() => page.locator("#files li").count()).toBe(1);
  });

  it("stops a run, keeps what it has, and starts another", async () => {
    const page = await open();
    await start(page, "endless");
    await isUnderWay(page);
    await page.getByRole("button", { name: "Stop" }).click();

    await says(page, "Stopped after 150 files");
    await server.says(/^stopped +endless, 150 files/);
    expect(await page.locator("#files li").count()).toBe(100);
    await start(page, "few");
    await says(page, "Done: 2 files");
  });

  it("has a run of its own in each tab, and ends it within a second when the tab is closed", async () => {
    const [first, second] = await Promise.all([open(), open()]);
    await start(first, "endless");
    await isUnderWay(first);
    await start(second, "few");
    await says(second, "Done: 2 files");
    expect(await figure(second, "Files")).toBe("2");
    await start(second, "endless");
    await isUnderWay(second);

    const closedAt = performance.now();
    await second.close();
    await server.says(/^stopped +endless/);
    expect(performance.now() - closedAt).toBeLessThan(1000);
    await isUnderWay(first);
    expect(server.lines.filter((line) => line.startsWith("stopped"))).toEqual([]);
  });

  it("says that the server is gone, keeps what it has, and starts again when it is back", async () => {
    const page = await open();
    await start(page, "endless");
    await isUnderWay(page);
    await server.end("SIGKILL");

    await says(page, "Connection lost after 150 files");
    expect(await page.locator("#files li").count()).toBe(100);
    expect(await page.getByRole("button", { name: "Stop" }).isDisabled()).toBe(true);
    server = await LiveServer.start(folder, "--port", port, "files");
    await says(page, "It is back: you can start again.");
    await page.getByRole("button", { name: "Start again" }).click();
    await isUnderWay(page);
  });

  it("says what failed in the middle of a run", async () => {
    const page = await open();
    await start(page, "endless");
    await isUnderWay(page);
    await page.getByRole("button", { name: "Stop" }).click();
    await says(page, "Stopped");
    new Database(join(folder, ".file-index/index.db")).exec("DELETE FROM files; DROP TABLE texts").close();
    await start(page, "few");

    await says(
      page,
      /^Failed after 0 files: IndexText failed on an instance of TextExtracted: no such table/,
    );
    expect(await page.getByRole("button", { name: "Start again" }).isEnabled()).toBe(true);
    rmSync(join(folder, ".file-index"), { recursive: true });
  });

  it("says that a slow connection is slow", async () => {
    const page = await open();
    await page.clock.install();
    await start(page, "endless");
    await isUnderWay(page);
    process.kill(server.pid, "SIGSTOP");
    await page.clock.fastForward(4_000);
    await says(page, /^Slow connection: no news for \d+ s\. 150 files so far\.$/);
    process.kill(server.pid, "SIGCONT");
    await isUnderWay(page);
  });

  it("says that a folder is empty, is none, or is out of bounds", async () => {
    const page = await open();
    await start(page, "empty");
    await says(page, "There is nothing to index in empty");
    for (const wrong of ["nowhere", "../elsewhere", "/etc"]) {
      await start(page, wrong);
      await page.getByText(`There is no folder "${wrong}"`).waitFor();
    }
    await page.getByLabel("Folder", { exact: true }).fill("few");
    await page.getByLabel("Handlers at once").fill("0");
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText("From 1 to 256.").waitFor();
  });

  it("works by keyboard alone", async () => {
    const page = await open();
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () =>
      page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);
    expect(await focused()).toBe("folder");
    await press("Tab", "Enter"); // Browse…
    await page.locator("#folder-names button", { hasText: "endless" }).waitFor();
    await expect.poll(focused).toBe("empty");
    await press("Tab", "Enter");
    await page.locator("#folders-path", { hasText: /endless$/ }).waitFor();
    await page.locator("#folder-names button", { hasText: "up" }).waitFor();
    while ((await focused()) !== "folders-choose") await press("Tab");
    await press("Enter");
    await expect.poll(() => page.getByLabel("Folder", { exact: true }).inputValue()).toBe("endless");
    await expect.poll(focused).toBe("start");
    await press("Enter");
    await isUnderWay(page);
    expect(await focused()).toBe("stop");
    await press("Enter");
    await says(page, "Stopped after 150 files");
    expect(await focused()).toBe("start");
    expect(await page.locator("#news").textContent()).toContain("Stopped after 150 files");
    while ((await focused()) !== "words") await press("Tab");
    await page.keyboard.type("ka");
    await page.locator("#found-count", { hasText: "files" }).waitFor();
  });

  it.each([
    { width: 360, height: 740 },
    { width: 1320, height: 900 },
  ])("fits into $width px without a jump, in light and dark", async (viewport) => {
    const page = await open();
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: "light" });
    const boxes = () =>
      page
        .locator(".card, .tiles")
        .evaluateAll((all) => all.map((box) => Math.round(box.getBoundingClientRect().top)));
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const before = await boxes();
    await start(page, "endless");
    await isUnderWay(page);

    if (viewport.width > 900) expect(await boxes()).toEqual(before);
    else expect((await boxes()).slice(0, 5)).toEqual(before.slice(0, 5));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
    expect(await background()).toBe("rgb(243, 245, 248)");
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    expect(await background()).toBe("rgb(15, 19, 24)");
    expect(await page.locator(".dot").evaluate((dot) => getComputedStyle(dot).animationName)).toBe("none");
  });
});
