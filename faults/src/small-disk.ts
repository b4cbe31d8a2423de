import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of a few megabytes, in memory, which can be filled to its last byte. Mounting it takes root. */
export class SmallDisk implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-disk-"));
  readonly #ballast = join(this.folder, "ballast");

  constructor(megabytes: number) {
    run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=755`, "sluice-faults", this.folder]);
  }

  fill(): void {
    for (const size of [1_000_000, 10_000, 100]) {
      try {
        for (;;) writeFileSync(this.#ballast, Buffer.alloc(size), { flag: "a" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  }

  free(): void {
    rmSync(this.#ballast);
  }

  [Symbol.dispose](): void {
    run("umount", ["-l", this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} failed (it takes root): ${error ?? stderr}`);
}
