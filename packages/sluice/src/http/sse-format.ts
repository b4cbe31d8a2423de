import type { StreamFormat } from "./stream-format.js";

/**
 * Server-sent events. JSON has no line break outside its strings and escapes those within, so an item is one `data`
 * line. An event without data would never be dispatched: an item that JSON cannot hold is `null`.
 */
export const sseFormat: StreamFormat = {
  contentType: "text/event-stream; charset=utf-8",
  start: "",
  item: (value, n) => `id: ${n}\ndata: ${JSON.stringify(value) ?? "null"}\n\n`,
  end: (items) => `event: end\nid: end\ndata: {"items":${items}}\n\n`,
  fail: (problem) => `event: fail\nid: end\ndata: ${JSON.stringify(problem)}\n\n`,
  heartbeat: ":\n\n",
};
