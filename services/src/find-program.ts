import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where servers lie; not on everybody's PATH. */
const besides = ["/usr/local/sbin", "/usr/sbin"];

/** The first of these programs that is on the PATH, or where servers lie. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""),
    ...besides,
  ];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
