// tsc leaves the output of a source that was removed or renamed, and npm would pack it.
import { existsSync, readdirSync, rmSync } from "node:fs";

const library = new URL("../packages/sluice/", import.meta.url);

for (const path of readdirSync(new URL("dist/", library), { recursive: true, encoding: "utf8" })) {
  const [, module] = /^(.*?)(?:\.js|\.d\.ts)(?:\.map)?$/.exec(path) ?? [];
  if (module === undefined || existsSync(new URL(`src/${module}.ts`, library))) continue;
  rmSync(new URL(`dist/${path}`, library));
}
