/**
 * Cuts text that comes in pieces into lines, which end in `\n`. A line stays in its piece until it is asked for, and is
 * copied only where it lies in several.
 */
export class LineBuffer {
  readonly #maxLength: number;
  #piece = "";
  #at = 0;
  /** The beginning of a line whose end has not come yet; joined once, so that many small pieces cost no more. */
  #open: string[] = [];
  #openLength = 0;

  /** A line may have up to `maxLength` characters. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Adds text. All lines of what was added before must have been taken. */
  add(piece: string): void {
    this.#piece = piece;
    this.#at = 0;
  }

  /**
   * The next line, without its end; `undefined` until more text is added.
   *
   * @throws {RangeError} a line is longer than it may be.
   */
  take(): string | undefined {
    const end = this.#piece.indexOf("\n", this.#at);
    if (end < 0) {
      this.#keep();
      return undefined;
    }
    const line = this.#piece.slice(this.#at, end);
    this.#at = end + 1;
    if (this.#openLength + line.length > this.#maxLength) throw this.#tooLong();
    return this.#openLength === 0 ? line : this.#close(line);
  }

  #keep(): void {
    const rest = this.#piece.slice(this.#at);
    this.#piece = "";
    this.#at = 0;
    if (rest === "") return;
    this.#open.push(rest);
    this.#openLength += rest.length;
    if (this.#openLength > this.#maxLength) throw this.#tooLong();
  }

  #close(line: string): string {
    const whole = this.#open.join("") + line;
    this.#open = [];
    this.#openLength = 0;
    return whole;
  }

  #tooLong(): RangeError {
    return new RangeError(`a frame is longer than ${this.#maxLength} characters`);
  }
}
