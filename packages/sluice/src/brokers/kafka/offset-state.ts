/** A message of a partition that is not done, and how many tries it has had. */
export interface UnfinishedOffset {
  readonly offset: number;
  readonly tries: number;
}

/** How far a group is in a partition: everything before `horizon` is done but for the unfinished. */
export interface OffsetState {
  readonly unfinished: readonly UnfinishedOffset[];
  readonly horizon: number;
}

const prefix = "sluice1:";

/**
 * Writes what an offset alone cannot say, for the metadata that is committed with it: which messages behind it are done
 * already, and how often the others were tried. Where it does not fit, the horizon comes nearer: what is done behind it is
 * not known to be done.
 */
export function encodeOffsetState({ unfinished, horizon }: OffsetState, maxLength: number): string {
  const [first] = unfinished;
  if (first === undefined) return "";
  const isAllToDo =
    unfinished.length === horizon - first.offset && unfinished.every(({ tries }) => tries === 0);
  if (isAllToDo) return "";
  const maxBytes = Math.floor(((maxLength - prefix.length) * 3) / 4) - 10;
  const bytes: number[] = [];
  let before = first.offset;
  let end = horizon;
  for (const { offset, tries } of unfinished) {
    const entry = [
      ...varint((offset - before) * 2 + (tries > 0 ? 1 : 0)),
      ...(tries > 0 ? varint(tries) : []),
    ];
    if (bytes.length + entry.length > maxBytes) {
      end = offset;
      break;
    }
    bytes.push(...entry);
    before = offset;
  }
  if (bytes.length === 0) return "";
  const all = Uint8Array.from([...varint(end - first.offset), ...bytes]);
  return prefix + Buffer.from(all).toString("base64url");
}

/** Reads it; of metadata that somebody else wrote, nothing: all from the offset on is to be done. */
export function decodeOffsetState(offset: number, metadata: string | null | undefined): OffsetState {
  const nothing = { unfinished: [], horizon: offset };
  if (!metadata?.startsWith(prefix)) return nothing;
  const bytes = Buffer.from(metadata.slice(prefix.length), "base64url");
  let at = 0;
  const read = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const horizon = offset + read();
  const unfinished: UnfinishedOffset[] = [];
  let before = offset;
  while (at < bytes.length) {
    const step = read();
    const tries = step % 2 === 1 ? read() : 0;
    before += Math.floor(step / 2);
    unfinished.push({ offset: before, tries });
  }
  return Number.isNaN(horizon) || Number.isNaN(before) ? nothing : { unfinished, horizon };
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
