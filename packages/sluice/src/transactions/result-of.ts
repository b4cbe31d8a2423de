import type { SqlResult } from "../stores/sql/sql-database.js";

/** What the drivers answer: pg, postgres.js, mysql2 and better-sqlite3. */
type Answer =
  | { readonly rows: SqlResult["rows"]; readonly rowCount: number | null }
  | (SqlResult["rows"] & { readonly count: number | null })
  | readonly [{ readonly affectedRows: number } | SqlResult["rows"], ...unknown[]]
  | { readonly changes: number | bigint }
  | SqlResult["rows"];

/** Reads the answer of a driver where a library hands it on as it is. */
export function resultOf(answer: unknown): SqlResult {
  const given = answer as Answer;
  if ("rowCount" in given) return { rows: given.rows, changed: given.rowCount ?? 0 };
  if ("changes" in given) return { rows: [], changed: Number(given.changes) };
  if ("count" in given) return { rows: given as SqlResult["rows"], changed: given.count ?? 0 };
  const [first] = given;
  if (Array.isArray(first)) return { rows: first, changed: 0 };
  if (first !== undefined && "affectedRows" in first)
    return { rows: [], changed: Number(first.affectedRows) };
  return { rows: given as SqlResult["rows"], changed: 0 };
}
