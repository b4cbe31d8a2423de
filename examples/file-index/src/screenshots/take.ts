// Makes the pictures of the live page for the documentation, in the middle of a run over this repository.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LivePage } from "./open-page.js";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const pictures = join(repository, "docs/public");
const scratch = mkdtempSync(join(tmpdir(), "file-index-"));

const shots = [
  { name: "live-page", width: 1320, height: 1180, colorScheme: "dark" },
  { name: "live-page-light", width: 1320, height: 1180, colorScheme: "light" },
  { name: "live-page-phone", width: 390, height: 1500, colorScheme: "light" },
] as const;

await using live = await LivePage.serve(join(repository, "node_modules"), scratch);
for (const { name, width, height, colorScheme } of shots) {
  const page = await live.open({ viewport: { width, height }, colorScheme });
  await page.getByLabel("Folder", { exact: true }).fill("");
  await page.getByRole("button", { name: "Start" }).click();
  await page.locator("#state-text", { hasText: /: [4-9],\d{3} of / }).waitFor();
  await page.getByRole("searchbox").fill("async generator");
  await page.locator("#found li").first().waitFor();
  // A moment in which several handlers have something to do.
  await page.waitForFunction(
    () => Number.parseInt(document.querySelector("#at-work")?.textContent ?? "", 10) > 3,
  );
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  await page.close();
}
rmSync(scratch, { recursive: true, force: true });
