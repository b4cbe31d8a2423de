// npm packs only what lies in the package's own folder, so the two files that belong to both are copied there.
import { copyFileSync } from "node:fs";

for (const name of ["LICENSE", "README.md"]) {
  copyFileSync(
    new URL(`../${name}`, import.meta.url),
    new URL(`../packages/sluice/${name}`, import.meta.url),
  );
}
