import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { programs } from "@sluice-internal/services";

/** Gives a list to one of the Python programs beside this file; the list that it answers. */
export async function askPython<Answer>(program: string, questions: readonly unknown[]): Promise<Answer[]> {
  const script = fileURLToPath(new URL(program, import.meta.url));
  const running = promisify(execFile)(programs.pythonWithCqrs.path, [script], { maxBuffer: 2 ** 26 });
  running.child.stdin?.end(JSON.stringify(questions));
  return JSON.parse((await running).stdout);
}

export const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
export const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
