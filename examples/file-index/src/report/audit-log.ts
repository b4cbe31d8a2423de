import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";

/** A file of JSON lines that only ever grows. */
export class AuditLog implements AsyncDisposable {
  readonly #file: WriteStream;

  private constructor(file: WriteStream) {
    this.#file = file;
    file.on("error", () => {}); // whoever appends is told
  }

  static async open(path: string): Promise<AuditLog> {
    const file = createWriteStream(path, { flags: "a" });
    await once(file, "open");
    return new AuditLog(file);
  }

  /** Done when the line is written. What comes while another line is being written is written together. */
  append(record: object): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = `${JSON.stringify({ at: new Date(), ...record })}\n`;
      this.#file.write(line, (error) => (error ? reject(error) : resolve()));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#file.end(resolve));
  }
}
