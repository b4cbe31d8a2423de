import { describe, expect, it } from "vitest";
import { renderTable } from "./table.js";

const columns = [
  { title: "ID", isWhole: true },
  { title: "TOPIC" },
  { title: "N", isNumber: true },
  { title: "ERROR" },
];
const rows = [
  ["0193a1f5-7f0e", "orders", "7", "the broker does not answer"],
  ["0193a1f5-7f0f", "注文と注文", "1234", "no"],
];

describe("a table", () => {
  it("aligns columns by what they take on a terminal, numbers to the right", () => {
    expect(renderTable(columns, rows)).toEqual([
      "ID             TOPIC          N  ERROR",
      "0193a1f5-7f0e  orders         7  the broker does not answer",
      "0193a1f5-7f0f  注文と注文  1234  no",
    ]);
  });

  it("cuts its widest columns to the width there is, and never those that are to be copied", () => {
    expect(renderTable(columns, rows, 45)).toEqual([
      "ID             TOPIC          N  ERROR",
      "0193a1f5-7f0e  orders         7  the broker …",
      "0193a1f5-7f0f  注文と注文  1234  no",
    ]);
    expect(renderTable(columns, rows, 20)).toEqual([
      "ID             TOPIC      N  ERROR",
      "0193a1f5-7f0e  orders     7  the b…",
      "0193a1f5-7f0f  注文…   1234  no",
    ]);
  });

  it("keeps a cell on its line", () => {
    expect(renderTable([{ title: "A" }, { title: "B" }], [["x\n\x1b[1m\u202e", "y"]])).toEqual([
      "A                   B",
      "x\\n\\u001b[1m\\u202e  y",
    ]);
  });
});
