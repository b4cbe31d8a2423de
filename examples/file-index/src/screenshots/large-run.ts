// What the live page costs the browser in a run over many files (100,000, or so many as are asked for): one JSON line.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFiles } from "../bench/make-files.js";
import { LivePage } from "./open-page.js";

const files = Number(process.argv[2] ?? 100_000);
const scratch = mkdtempSync(join(tmpdir(), "file-index-"));
const folder = join(scratch, "files");
mkdirSync(folder);
makeFiles(folder, files);

{
  await using live = await LivePage.serve(folder, scratch);
  const page = await live.open({ viewport: { width: 1320, height: 1180 } });
  const client = await page.context().newCDPSession(page);
  const cost = async () => {
    await client.send("HeapProfiler.collectGarbage");
    const { usedSize } = await client.send("Runtime.getHeapUsage");
    return { heapMB: Number((usedSize / 1e6).toFixed(1)), elements: await page.locator("*").count() };
  };
  const before = await cost();
  await page.getByRole("button", { name: "Start" }).click();
  const done = page.locator("#state-text", { hasText: `Done: ${files.toLocaleString("en")} files` });
  await done.waitFor({ timeout: 1_800_000 });
  console.log(JSON.stringify({ files, before, after: await cost(), said: await done.textContent() }));
}
rmSync(scratch, { recursive: true });
