import { rowsOf } from "./rows-of.js";

export interface Effects {
  /** Different pairs of consumer and message with an effect. */
  readonly effects: number;
  /** Effects beyond the first of a pair. */
  readonly repeated: number;
}

/** Counts the effects that consumers left in the database. */
export async function countEffects(url: string): Promise<Effects> {
  const [all = []] = await rowsOf(url, [
    "select count(*) as every, count(distinct concat(consumer, '/', message_id)) as pairs from effect",
  ]);
  const [every, pairs] = [Number(all[0]?.every), Number(all[0]?.pairs)];
  return { effects: pairs, repeated: every - pairs };
}

// By itself: node count-effects.js <url>
if (process.argv[1]?.endsWith("count-effects.js"))
  console.log(JSON.stringify(await countEffects(process.argv[2] ?? "")));
