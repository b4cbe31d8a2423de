import type { Column } from "./table.js";

/** What a cell shows of what is not there. */
export const nothing = "-";

/** A table without what no row has: it would cost the width of the others. */
export function withoutEmptyColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): [columns: Column[], rows: string[][]] {
  const shown = columns.flatMap((_, at) => (rows.some((row) => row[at] !== nothing) ? [at] : []));
  return [shown.map((at) => columns[at] as Column), rows.map((row) => shown.map((at) => row[at] as string))];
}
