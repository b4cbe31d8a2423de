import { programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { ShopProcess } from "../shop-process.fixture.js";

vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

let browser: Browser;
let shop: ShopProcess;
let url: string;
const pages: Page[] = [];
const said: string[] = [];

async function open(width = 1_080): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  pages.push(page);
  page.on("pageerror", (error) => said.push(error.message));
  page.on("console", (message) => {
    if (!/net::ERR_/.test(message.text())) said.push(message.text());
  });
  await page.goto(url);
  await page.locator("#place:enabled").waitFor();
  return page;
}

const steps = (page: Page) => page.locator("#progress li").allTextContents();
const isDone = (page: Page, invoice: number) =>
  page.locator("#progress").getByText(`Invoice ${invoice}:`).waitFor();
const firstOrder = (page: Page) => page.locator("#orders li").first();

describeWith(programs.chromium, "the shop's page in Chromium", () => {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: programs.chromium.path });
  });

  beforeEach(async () => {
    shop = await ShopProcess.start("--port", "0", "--pick", "0");
    url = await shop.url;
  });

  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await shop.end();
    expect(said.splice(0)).toEqual([]);
  });

  afterAll(() => browser?.close());

  it("shows an order coming along, and in all other tabs what became of it", async () => {
    const [page, other] = await Promise.all([open(), open()]);
    await page.getByLabel("Your name").fill("Grace");
    await page.getByLabel("Sea salt").fill("3");
    await page.getByRole("button", { name: "Place order" }).click();
    await isDone(page, 1);

    expect(await steps(page)).toEqual([
      "Received",
      "Reserved 1 × Green tea, 100 g, 999 left",
      "Reserved 1 × Basmati rice, 1 kg, 999 left",
      "Reserved 3 × Sea salt, 500 g, 497 left",
      "Placed",
      "Invoice 1: €17.80",
    ]);
    await firstOrder(other).getByText("mailed").waitFor();
    expect(await firstOrder(other).textContent()).toMatch(
      /Grace\s*1 × tea, 1 × rice, 3 × salt\s*€17.80\s*placed\s*invoice 1/,
    );
    await other.getByText("497 left").waitFor();
  });

  it("says why an order is cancelled, and what is wrong with one before it is sent", async () => {
    const page = await open();
    await page.getByLabel("Saffron").fill("4");
    await page.getByRole("button", { name: "Place order" }).click();
    await firstOrder(page).getByText("cancelled: Not enough Saffron, 1 g: 3 left.").waitFor();
    expect((await steps(page)).slice(-2)).toEqual([
      "No 4 × Saffron, 1 g: 3 left",
      "Cancelled. Not enough Saffron, 1 g: 3 left.",
    ]);
    await page.getByLabel("Saffron").fill("100");
    await page.getByRole("button", { name: "Place order" }).click();
    await page.getByRole("alert").getByText("Take 1 to 99 of something.").waitFor();
  });

  it("works by keyboard alone", async () => {
    const page = await open();
    await page.keyboard.press("Tab");
    await page.keyboard.type("Grace");
    const focused = () => page.evaluate(() => document.activeElement?.id);
    while ((await focused()) !== "saffron") await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await firstOrder(page).getByText("mailed").waitFor();
    expect(await firstOrder(page).textContent()).toMatch(/Grace.*1 × saffron/s);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await isDone(page, 2);
    expect(await focused()).toBe("place");
  });

  it("says that the shop is gone, and goes on when it is back", async () => {
    const page = await open();
    await shop.end("SIGKILL");
    await page.getByText("The shop cannot be reached.").first().waitFor();
    shop = await ShopProcess.start("--port", new URL(url).port, "--pick", "0");
    await page.getByText(/^Live/).waitFor();
    await page.getByRole("button", { name: "Place order" }).click();
    await isDone(page, 1);
  });

  it.each([360, 1_080])("fits into %i px, in light and dark", async (width) => {
    const page = await open(width);
    await page.getByRole("button", { name: "Place order" }).click();
    await firstOrder(page).getByText("mailed").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.emulateMedia({ colorScheme: "light" });
    expect(await background()).toBe("rgb(243, 245, 248)");
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    expect(await background()).toBe("rgb(15, 19, 24)");
    expect(
      await page
        .locator("#progress li")
        .first()
        .evaluate((step) => getComputedStyle(step).animationName),
    ).toBe("none");
  });
});
