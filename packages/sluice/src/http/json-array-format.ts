import type { StreamFormat } from "./stream-format.js";

/** One JSON array, for clients that know no streams. A failure cuts it, so that no part is taken for the whole. */
export const jsonArrayFormat: StreamFormat = {
  contentType: "application/json; charset=utf-8",
  start: "[",
  item: (value, n) => `${n > 1 ? ",\n" : ""}${JSON.stringify(value) ?? "null"}`,
  end: () => "]",
  heartbeat: "",
};
