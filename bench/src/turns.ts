/** The sides in the order of a round: none is always the first, nor always follows the same other one. */
export function orderOf<T>(sides: readonly T[], round: number): T[] {
  const first = Math.floor(round / 2);
  const order = sides.map((_, i) => sides[(i + first) % sides.length] as T);
  return round % 2 === 1 ? order.reverse() : order;
}

/** Runs each side once a round, in turn, so that what else the machine does hits all of them alike. */
export async function inTurn<Name extends string, T>(
  rounds: number,
  sides: Readonly<Record<Name, () => T | Promise<T>>>,
): Promise<Record<Name, T[]>> {
  const names = Object.keys(sides) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Name, T[]>;
  for (let round = 0; round < rounds; round++)
    for (const name of orderOf(names, round)) results[name].push(await sides[name]());
  return results;
}
