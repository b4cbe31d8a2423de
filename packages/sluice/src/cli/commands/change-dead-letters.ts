import { ConfigError } from "../cli-errors.js";
import { type ExitCode, exitCodes } from "../exit-code.js";
import { type DeadLetterSource, type OpenDeadLetters, withDeadLetters } from "../open-dead-letters.js";
import { type ChangeVerb, reportChange } from "../output/report-change.js";
import type { Terminal } from "../output/terminal.js";
import { type Chosen, DeadLetterChange } from "./dead-letter-change.js";
import { type DeadLetterFilter, deadLettersOf } from "./dead-letter-entries.js";

interface ChangeOptions extends DeadLetterSource {
  readonly topic?: string | undefined;
  readonly reason?: string | undefined;
  readonly yes?: true | undefined;
  readonly json?: true | undefined;
}

/**
 * Says how many dead letters it would replay or discard; with `yes`, does it, the oldest first. Those that come while it
 * works stay: one that is replayed may well come back.
 */
export async function changeDeadLetters(
  verb: ChangeVerb,
  ids: readonly string[],
  { topic, reason, yes, json, ...source }: ChangeOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const filter = { ids: ids.length > 0 ? new Set(ids) : undefined, topic, reason };
  return withDeadLetters(source, async (opened) => {
    if (verb === "replay" && opened.broker.forward === undefined)
      throw new ConfigError(`The broker of ${opened.file} cannot replay dead letters: it has no forward().`);
    const chosen = await choose(opened, filter);
    const words = { verb, one: `dead letter of ${opened.name}`, many: `dead letters of ${opened.name}` };
    const change = new DeadLetterChange(verb, opened, terminal);
    const report = () =>
      reportChange({ ...words, matched: chosen.matched, changed: change.changed }, { yes, json }, terminal);
    try {
      if (yes) await change.all(filter, chosen);
    } catch (error) {
      await report();
      throw error;
    }
    const exitCode = await report();
    return change.refused > 0 ? exitCodes.failed : exitCode;
  });
}

async function choose({ queue }: OpenDeadLetters, filter: DeadLetterFilter): Promise<Chosen> {
  let matched = 0;
  let lastId: string | undefined;
  for await (const { id } of deadLettersOf(queue, filter)) {
    matched++;
    lastId = id;
    if (matched === filter.ids?.size) break;
  }
  return { matched, lastId };
}
