/** A work of a part, as the command line means it. */
export interface Chosen {
  readonly part: string;
  /** Those of the part that are to be measured; all of them where none was named. */
  readonly works: readonly string[];
}

/**
 * Chooses from the works of each part: of the parts that are named, else of all. A part without a work that is wanted is
 * left out; a work that no chosen part has is an error.
 */
export function chooseWorks(
  worksOf: Readonly<Record<string, readonly string[]>>,
  named: readonly string[],
  only: readonly string[],
): Chosen[] {
  const parts = named.length > 0 ? named : Object.keys(worksOf);
  if (only.length === 0) return parts.map((part) => ({ part, works: worksOf[part] ?? [] }));
  const known = parts.flatMap((part) => worksOf[part] ?? []);
  const unknown = only.find((work) => !known.includes(work));
  if (unknown !== undefined)
    throw new Error(`There is no work "${unknown}" in ${parts.join(", ")}; there are: ${known.join(", ")}.`);
  return parts
    .map((part) => ({ part, works: (worksOf[part] ?? []).filter((work) => only.includes(work)) }))
    .filter(({ works }) => works.length > 0);
}
