import truncatedWidth from "fast-string-truncated-width";
import { plainText } from "./plain-text.js";

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Never cut, since it is there to be copied. */
  readonly isWhole?: boolean;
}

const gap = "  ";
/** What a column keeps, where the lines are longer than the terminal is wide. */
const leastWidth = 6;

/** Aligned lines, the titles first, none longer than `width` as far as columns can be cut. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(plainText))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => widthOf(line[at] ?? ""))));
  shrink(widths, columns, width - gap.length * (columns.length - 1));
  return lines.map((line) =>
    line
      .map((cell, at) => fit(cell, widths[at] as number, columns[at]?.isNumber ?? false))
      .join(gap)
      .trimEnd(),
  );
}

/** Takes from the widest column that may be cut, until all of them fit. */
function shrink(widths: number[], columns: readonly Column[], room: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    const flexible = columns.map(({ isWhole, isNumber }, at) =>
      isWhole || isNumber || (widths[at] as number) <= leastWidth ? 0 : (widths[at] as number),
    );
    const widest = Math.max(...flexible);
    if (widest === 0) return;
    widths[flexible.indexOf(widest)] = widest - 1;
    excess--;
  }
}

function fit(cell: string, width: number, isNumber: boolean): string {
  const shown = cut(cell, width);
  const padding = " ".repeat(Math.max(0, width - widthOf(shown)));
  return isNumber ? padding + shown : shown + padding;
}

function cut(text: string, width: number): string {
  const { index, ellipsed } = truncatedWidth(text, { limit: width, ellipsis: "…" });
  return ellipsed ? `${text.slice(0, index)}…` : text;
}

function widthOf(text: string): number {
  return truncatedWidth(text).width;
}
