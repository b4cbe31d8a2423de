import { once } from "node:events";
import { styleText } from "node:util";
import { plainText } from "./plain-text.js";
import { type Column, renderTable } from "./table.js";

/** Where a command writes: data to stdout, words to stderr. */
export class Terminal {
  readonly #out = process.stdout;
  readonly #closed = new AbortController();

  constructor() {
    // Whoever reads has seen enough, as in `sluice outbox list | head`; nothing is wrong.
    for (const stream of [this.#out, process.stderr]) {
      stream.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") throw error;
        this.#closed.abort();
      });
    }
  }

  /** Aborts when nobody reads the data any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Writes data; resolves when there is room for more. */
  async print(text: string): Promise<void> {
    if (this.closed.aborted || this.#out.write(`${text}\n`)) return;
    await once(this.#out, "drain", { signal: this.closed }).catch(() => undefined);
  }

  printJson(value: unknown): Promise<void> {
    return this.print(JSON.stringify(value));
  }

  /** Prints a table, cut to the terminal's width where it is one. */
  async printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): Promise<void> {
    const [titles = "", ...lines] = renderTable(
      columns,
      rows,
      this.#out.isTTY ? this.#out.columns : undefined,
    );
    await this.print([styleText("bold", titles, { stream: this.#out }), ...lines].join("\n"));
  }

  /** Tells a person something. */
  say(words: string): void {
    process.stderr.write(`${words.split("\n").map(plainText).join("\n")}\n`);
  }

  complain(words: string): void {
    process.stderr.write(styleText("red", "error: ", { stream: process.stderr }));
    this.say(words);
  }

  /** Resolves when all that was printed has left the process. */
  async flush(): Promise<void> {
    if (this.closed.aborted) return;
    await new Promise<void>((resolve) => {
      this.#out.write("", () => resolve());
    });
  }
}
