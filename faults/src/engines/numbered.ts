/** A statement with `$1`, `$2`, … for each `?`. */
export function numbered(sql: string): string {
  let n = 0;
  return sql.replaceAll("?", () => `$${++n}`);
}
