import { isUtf8 } from "node:buffer";
import { cwd } from "node:process";

const here = Buffer.from(cwd().endsWith("/") ? cwd() : `${cwd()}/`);

/** A path for people: relative where it is below the current folder, bytes that are not UTF-8 written as `\xNN`. */
export function shownPath(path: Buffer): string {
  return pathText(here.equals(path.subarray(0, here.length)) ? path.subarray(here.length) : path);
}

/** A path as text; bytes that are not UTF-8 are written as `\xNN`. */
export function pathText(bytes: Uint8Array): string {
  const path = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isUtf8(path)) return path.toString();
  let text = "";
  for (let start = 0; start < path.length; ) {
    const length = [1, 2, 3, 4].find((n) => isUtf8(path.subarray(start, start + n)));
    text += length
      ? path.toString("utf8", start, start + length)
      : `\\x${path.toString("hex", start, start + 1)}`;
    start += length ?? 1;
  }
  return text;
}
