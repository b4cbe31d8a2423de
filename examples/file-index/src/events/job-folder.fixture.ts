import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import type { Summary } from "../report/summary.js";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

interface Shown {
  readonly status: string;
  readonly path: string;
  readonly sha256: string;
}

export interface Published {
  readonly id: string;
  readonly name: string;
  readonly payload: { readonly path: string; readonly sha256?: string };
}

/** A temporary folder on which the main job runs, with what it leaves there. */
export class JobFolder implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "file-index-")));
  readonly index = join(this.path, ".file-index", "index.db");

  at(name: string): string {
    return join(this.path, name);
  }

  /** `npm start -- --json`, killed when it has shown so many files. */
  async run({ args = [], killAfter }: { args?: readonly string[]; killAfter?: number } = {}): Promise<{
    shown: Shown[];
    summary: Summary | undefined;
  }> {
    const child = spawn(process.execPath, [main, "--json", ...args], {
      cwd: this.path,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    let text = "";
    let lines = 0;
    for await (const data of child.stdout.setEncoding("utf8")) {
      text += data;
      lines += data.split("\n").length - 1;
      if (killAfter !== undefined && lines >= killAfter) child.kill("SIGKILL");
    }
    await closed;
    const whole = text.slice(0, text.lastIndexOf("\n") + 1).trimEnd();
    const objects = whole === "" ? [] : whole.split("\n").map((line) => JSON.parse(line));
    return {
      shown: objects.filter(({ status }) => status !== undefined),
      summary: objects.find(({ summary }) => summary)?.summary,
    };
  }

  /** The events file as a consumer reads it: without lines that a kill has cut off. */
  published(): Published[] {
    const file = `${this.index}.events.jsonl`;
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line) => {
        try {
          return [JSON.parse(line)];
        } catch {
          return [];
        }
      });
  }

  /** The names of these events and the paths that they tell of, as they are called in the folder. */
  told(): (readonly [name: string, path: string])[] {
    return this.published().map(({ name, payload }) => [name, payload.path.replace(`${this.path}/`, "")]);
  }

  /** What is in the index, by absolute path. */
  indexed(): Map<string, string> {
    const db = new Database(this.index, { readonly: true });
    const rows = db.prepare<[], { path: Buffer; sha256: string }>("SELECT path, sha256 FROM files").all();
    db.close();
    return new Map(rows.map(({ path, sha256 }) => [path.toString(), sha256]));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
