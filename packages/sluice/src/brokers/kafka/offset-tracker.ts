import type { OffsetState, UnfinishedOffset } from "./offset-state.js";

/** What is read of a message to write down how often it was tried. */
interface Tried {
  readonly tries: number;
}

/** Knows which messages of a partition are done: an offset is committed only up to the oldest unfinished one. */
export class OffsetTracker {
  /** Those that were read and are not done, the oldest first. */
  readonly #unfinished = new Map<number, Tried>();
  /** Those that an earlier owner of the partition left unfinished and that have not been read again. */
  readonly #expected: Map<number, number>;
  /** Before it, everything that is not unfinished is done. */
  #horizon: number;
  #next: number;

  constructor(offset: number, { unfinished, horizon }: OffsetState) {
    this.#next = offset;
    this.#horizon = horizon;
    this.#expected = new Map(unfinished.map((each) => [each.offset, each.tries]));
  }

  /** The offset from which on nothing was read. */
  get next(): number {
    return this.#next;
  }

  /** How many tries the message has had that is read now; `undefined` where it is done. */
  read(offset: number): number | undefined {
    this.pass(offset);
    this.#next = offset + 1;
    if (offset >= this.#horizon) return 0;
    const tries = this.#expected.get(offset);
    this.#expected.delete(offset);
    return tries;
  }

  /** Nothing before this offset is there that has not been read. */
  pass(offset: number): void {
    if (offset > this.#next) this.#next = offset;
    if (this.#expected.size === 0) return;
    for (const expected of this.#expected.keys()) {
      if (expected >= offset) break;
      this.#expected.delete(expected);
    }
  }

  begin(offset: number, message: Tried): void {
    this.#unfinished.set(offset, message);
  }

  finish(offset: number): void {
    this.#unfinished.delete(offset);
  }

  /** The offset to commit. */
  get offset(): number {
    const [first] = this.#unfinished.keys();
    if (first !== undefined) return first;
    const [expected] = this.#expected.keys();
    return expected ?? Math.max(this.#next, this.#horizon);
  }

  /** What is to be committed with it. */
  get state(): OffsetState {
    const unfinished: UnfinishedOffset[] = [];
    for (const [offset, { tries }] of this.#unfinished) unfinished.push({ offset, tries });
    for (const [offset, tries] of this.#expected) unfinished.push({ offset, tries });
    return { unfinished, horizon: Math.max(this.#horizon, this.#next) };
  }
}
