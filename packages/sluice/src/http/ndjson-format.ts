import type { StreamFormat } from "./stream-format.js";

/** One JSON object a line; an item that is `undefined` has no `data`. */
export const ndjsonFormat: StreamFormat = {
  contentType: "application/x-ndjson; charset=utf-8",
  start: "",
  item: (value, n) => {
    const data = JSON.stringify(value);
    return data === undefined ? `{"id":${n}}\n` : `{"id":${n},"data":${data}}\n`;
  },
  end: (items) => `{"end":{"items":${items}}}\n`,
  fail: (problem) => `{"fail":${JSON.stringify(problem)}}\n`,
  heartbeat: "\n",
};
