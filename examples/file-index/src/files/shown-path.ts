import { isUtf8 } from "node:buffer";
import { cwd } from "node:process";

const here = Buffer.from(cwd().endsWith("/") ? cwd() : `${cwd()}/`);

/** A path for people: relative where it is below the current folder, bytes that are not UTF-8 written as `\xNN`. */
export function shownPath(path: Buffer): string {
  const shown = here.equals(path.subarray(0, here.length)) ? path.subarray(here.length) : path;
  if (isUtf8(shown)) return shown.toString();
  let text = "";
  for (let start = 0; start < shown.length; ) {
    const length = [1, 2, 3, 4].find((n) => isUtf8(shown.subarray(start, start + n)));
    text += length
      ? shown.toString("utf8", start, start + length)
      : `\\x${shown.toString("hex", start, start + 1)}`;
    start += length ?? 1;
  }
  return text;
}
