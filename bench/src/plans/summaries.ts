import { median } from "../median.js";
import type { Statement } from "./planned-database.js";

/** The runs of one statement. */
export interface Summary {
  readonly sql: string;
  readonly runs: number;
  readonly medianMs: number;
  readonly worstMs: number;
  /** Of the run that took longest. */
  readonly plan: string;
}

/** The statements that took longest in all, first. */
export function summariesOf(statements: readonly Statement[]): Summary[] {
  const groups = [...Map.groupBy(statements, ({ sql }) => sql)].map(([sql, runs]) => {
    const took = runs.map(({ ms }) => ms);
    const worstMs = Math.max(...took);
    const plan = runs.find(({ ms }) => ms === worstMs)?.plan ?? "";
    const all = took.reduce((sum, ms) => sum + ms, 0);
    return { all, summary: { sql, runs: runs.length, medianMs: median(took), worstMs, plan } };
  });
  return groups.sort((a, b) => b.all - a.all).map(({ summary }) => summary);
}
