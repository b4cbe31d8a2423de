import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programs } from "@sluice-internal/services";

/** The wall clock of some processes, which can be set (by libfaketime); what they measure by stays as it is. */
export class FalseClock implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-clock-"));
  readonly #file = join(this.#folder, "time");
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    chmodSync(this.#folder, 0o755); // the server may be another user's process
    this.set(0);
    this.env = {
      LD_PRELOAD: programs.libfaketime.path,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** How far it is ahead, in seconds; below 0: behind. */
  set(ahead: number): void {
    const next = `${this.#file}.next`;
    writeFileSync(next, `${ahead < 0 ? "" : "+"}${ahead}s\n`);
    renameSync(next, this.#file); // nobody reads half of it
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
