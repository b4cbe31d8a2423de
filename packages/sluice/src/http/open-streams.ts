import { refusal } from "./refusal.js";

/** Counts open streams, and refuses those beyond the limits. */
export class OpenStreams {
  readonly #max: number;
  readonly #maxPerClient: number;
  readonly #byClient = new Map<string, number>();
  #open = 0;

  constructor({ streams, streamsPerClient }: { streams: number; streamsPerClient: number }) {
    this.#max = streams;
    this.#maxPerClient = streamsPerClient;
  }

  /** Counts one more; gives the function that takes it off again, which may be called once. */
  open(client: string | undefined): () => void {
    const headers = { "retry-after": "1" };
    if (this.#open >= this.#max) {
      throw refusal("HTTP_STREAMS", "Too many streams are open. Try again later.", { headers });
    }
    const ofClient = client === undefined ? 0 : (this.#byClient.get(client) ?? 0);
    if (ofClient >= this.#maxPerClient) {
      const detail = `You have ${ofClient} streams open, and may have no more. Close one first.`;
      throw refusal("HTTP_CLIENT_STREAMS", detail, { headers });
    }
    this.#open++;
    if (client !== undefined) this.#byClient.set(client, ofClient + 1);
    return () => this.#close(client);
  }

  #close(client: string | undefined): void {
    this.#open--;
    if (client === undefined) return;
    const left = (this.#byClient.get(client) as number) - 1;
    if (left > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
  }
}
