interface Range {
  readonly type: string;
  readonly quality: number;
  /** Where it stands in the header. */
  readonly index: number;
}

/**
 * The offered media type that an `Accept` header prefers: of the highest quality, then named most exactly, then named
 * first. Under a range as `*` and its kin it is the last that is offered: the plainest.
 */
export function accepted<T extends string>(header: string | null, offered: readonly T[]): T | undefined {
  if (header === null || header.trim() === "") return offered.at(-1);
  const ranges = header.split(",").map(read);
  let best: { readonly type: T; readonly range: Range } | undefined;
  for (const type of offered) {
    const range = mostExact(ranges, type);
    if (range === undefined || range.quality === 0) continue;
    if (best === undefined || isBetter(range, best.range)) best = { type, range };
  }
  return best?.type;
}

function read(text: string, index: number): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const quality = given === undefined ? 1 : Number(given);
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0, index };
}

/** The range that says what a type is worth, however much the wider ones would give for it. */
function mostExact(ranges: readonly Range[], type: string): Range | undefined {
  const matching = ranges.filter((range) => matches(range, type));
  return matching.toSorted((a, b) => exactness(b) - exactness(a))[0];
}

function matches({ type: range }: Range, type: string): boolean {
  return range === type || range === "*/*" || (range.endsWith("/*") && type.startsWith(range.slice(0, -1)));
}

function isBetter(range: Range, than: Range): boolean {
  if (range.quality !== than.quality) return range.quality > than.quality;
  if (exactness(range) !== exactness(than)) return exactness(range) > exactness(than);
  return range.index <= than.index;
}

function exactness({ type }: Range): number {
  return type === "*/*" ? 0 : type.endsWith("/*") ? 1 : 2;
}
