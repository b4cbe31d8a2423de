import { type SQL, sql as template } from "drizzle-orm";
import type { SqlStatement } from "../../stores/sql/sql-database.js";
import { templateOf } from "../template-of.js";

/** A statement as Drizzle's own; each parameter stays one, a list too. */
export function drizzleQuery({ sql, params }: SqlStatement): SQL {
  return template(templateOf(sql), ...params.map((value) => template.param(value)));
}
