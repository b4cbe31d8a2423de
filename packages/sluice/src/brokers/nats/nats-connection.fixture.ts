import type { NatsConnection, NatsHeaders, NatsMessage, NatsStatus } from "./nats-connection.js";
import type { NatsHeaderBlock } from "./nats-wire.js";

export interface Sent {
  readonly subject: string;
  readonly body: string;
  readonly headers: string;
  readonly reply: string;
}

const decoder = new TextDecoder();

/** A connection without a server: it keeps what is sent, and answers when it is told to. */
export class FakeNatsConnection implements NatsConnection {
  readonly sent: Sent[] = [];
  readonly info = { max_payload: 1_000 };
  readonly options = { inboxPrefix: "_INBOX_shop" };
  readonly #receivers = new Map<string, (error: Error | null, message: NatsMessage) => void>();
  readonly #statuses: ((status: NatsStatus) => void)[] = [];
  #isClosed = false;

  publish(
    subject: string,
    body = new Uint8Array(),
    { reply = "", headers }: { reply?: string; headers?: unknown } = {},
  ): void {
    const head = headers === undefined ? new Uint8Array() : (headers as NatsHeaderBlock).encode();
    if (head.length + body.length > this.info.max_payload)
      throw Object.assign(new Error("'payload' max_payload size exceeded"), { name: "InvalidArgumentError" });
    this.sent.push({ subject, body: decoder.decode(body), headers: decoder.decode(head), reply });
  }

  subscribe(
    subject: string,
    { callback }: { callback: (error: Error | null, message: NatsMessage) => void },
  ): { unsubscribe(): void; drain(): Promise<void> } {
    this.#receivers.set(subject, callback);
    const unsubscribe = () => void this.#receivers.delete(subject);
    return { unsubscribe, drain: async () => unsubscribe() };
  }

  async *status(): AsyncGenerator<NatsStatus> {
    for (;;) yield await new Promise<NatsStatus>((resolve) => this.#statuses.push(resolve));
  }

  /** Tells of a status, and lets all that follows from it happen. */
  async tell(status: NatsStatus): Promise<void> {
    for (const each of this.#statuses.splice(0)) each(status);
    await settled();
  }

  /** What the server answers to the one that was sent n-th. */
  async answer(n: number, answer: object | 503): Promise<void> {
    const subject = this.sent[n]?.reply ?? "";
    const data = new TextEncoder().encode(answer === 503 ? "" : JSON.stringify(answer));
    const headers = answer === 503 ? ({ code: 503 } as NatsHeaders) : undefined;
    for (const [pattern, receive] of this.#receivers)
      if (subject.startsWith(pattern.replace(/\*$/, ""))) receive(null, { subject, data, headers });
    await settled();
  }

  get receivers(): number {
    return this.#receivers.size;
  }

  request(): Promise<unknown> {
    return Promise.reject(new Error("nobody there"));
  }

  async flush(): Promise<void> {}

  isClosed(): boolean {
    return this.#isClosed;
  }

  async closed(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}

/** When all promises that can settle have. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
