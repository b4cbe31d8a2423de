import type { DeadLetterEntry, DeadLetterQueue } from "../../brokers/dead-letter-queue.js";
import { type DeadLetter, deadLetterOf } from "../output/dead-letter.js";

/** How many are read at once, so that any number of them can be gone through; each may be large. */
export const pageSize = 200;

/** Which dead letters are meant; what is left out fits all. */
export interface DeadLetterFilter {
  readonly ids?: ReadonlySet<string> | undefined;
  readonly topic?: string | undefined;
  readonly reason?: string | undefined;
}

/** Those that fit, the oldest first. */
export async function* deadLettersOf(
  queue: DeadLetterQueue,
  filter: DeadLetterFilter,
): AsyncGenerator<DeadLetter> {
  let after: string | undefined;
  for (;;) {
    const page = await queue.list({ after, limit: pageSize });
    for (const entry of page) if (fits(entry, filter)) yield deadLetterOf(entry);
    if (page.length < pageSize) return;
    after = page.at(-1)?.id;
  }
}

export function fits(entry: DeadLetterEntry, { ids, topic, reason }: DeadLetterFilter): boolean {
  if (ids !== undefined && !ids.has(entry.id)) return false;
  if (topic === undefined && reason === undefined) return true;
  const letter = deadLetterOf(entry);
  return (topic ?? letter.topic) === letter.topic && (reason ?? letter.reason) === letter.reason;
}
