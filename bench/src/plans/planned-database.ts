import type { Outbox } from "sluice/outbox";
import { copied, keys, oneOfEachKey, registry } from "../outbox/moved.js";

/** One statement that was run, and how the database went about it. */
export interface Statement {
  /** With a sign in place of each value, so that runs of the same statement are alike. */
  readonly sql: string;
  readonly ms: number;
  readonly plan: string;
}

/** A database that tells how it goes about what the library asks. */
export interface PlannedDatabase extends AsyncDisposable {
  readonly name: string;
  /** A round number of rows, the older half done, the others pending, one in a thousand of them dead. */
  fill(rows: number): Promise<void>;
  outbox(options: { readonly keepDone: boolean }): Outbox;
  /** What was run since the last call. */
  statements(): Promise<Statement[]>;
}

export { copied, keys, oneOfEachKey, registry };

/** The topic of one key in ten. */
export const otherTopic = "elsewhere";

/** What rows are copied from, as all three databases take it; `place` counts from 1 up. */
export const templateTable = `create table template as select ${copied}, row_number() over (order by id) as place from sluice_outbox`;
export const spreadTopics = `update template set topic = '${otherTopic}' where place % 10 = 0`;

/** By the number of a thousand rows, in all three databases: what they are. */
export function kindsOf(rows: number): { readonly state: string; readonly doneMs: string } {
  const half = rows / 2_000;
  return {
    state: `case when batch < ${half} then 1 when place = 1 then 2 else 0 end`,
    doneMs: `case when batch < ${half} then 1790000000000 + batch end`,
  };
}
