import { once } from "node:events";
import { stdout } from "node:process";

/** Writes a line, and waits where the reader is slower. */
export async function print(line: string): Promise<void> {
  if (!stdout.write(`${line}\n`)) await once(stdout, "drain");
}
