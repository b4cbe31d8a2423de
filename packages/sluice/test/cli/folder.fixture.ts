import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("../../", import.meta.url));
const program = join(library, "dist/cli/main.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What runs the command. @default this Node */
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A folder in which the built command runs as a process, with the library installed in it. */
export class Folder implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "sluice-cli-")));

  constructor() {
    this.#link("sluice", library);
  }

  /** Installs what the repository has, too. */
  install(name: string): void {
    const resolved = createRequire(import.meta.url).resolve(name);
    const end = join("node_modules", name);
    this.#link(name, resolved.slice(0, resolved.lastIndexOf(end) + end.length));
  }

  #link(name: string, target: string): void {
    const link = join(this.path, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link, "junction");
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text);
  }

  start(args: readonly string[], options: SpawnOptions = {}, node = process.execPath): ChildProcess {
    return spawn(node, [program, ...args], { cwd: this.path, ...options });
  }

  /** Runs the command to its end. */
  async run(args: readonly string[], { node, env }: RunOptions = {}): Promise<Ended> {
    const child = this.start(args, { stdio: ["ignore", "pipe", "pipe"], env: env ?? process.env }, node);
    const [stdout, stderr, [code]] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, "close"),
    ]);
    return { code, stdout, stderr };
  }

  /** Runs the command, which must end well, and reads the lines of JSON that it prints. */
  async json(args: readonly string[], options?: RunOptions): Promise<unknown[]> {
    const { code, stdout, stderr } = await this.run([...args, "--json"], options);
    if (code !== 0) throw new Error(`sluice ${args.join(" ")} ended with ${code}: ${stderr}`);
    return linesOf(stdout).map((line) => JSON.parse(line));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

async function textOf(stream: AsyncIterable<Buffer> | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
