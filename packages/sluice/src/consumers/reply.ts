import { headersOf } from "../brokers/headers-of.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import { metadataOf } from "../brokers/metadata-of.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { TakeItem } from "../inbox/handle-message.js";

/** Publishes what comes of one request: each item, then that there are no more. A retry publishes the same ids. */
export class Reply {
  readonly #broker: MessageBroker;
  readonly #topic: string;
  readonly #request: ReceivedMessage;
  readonly #signal: AbortSignal;
  #items = 0;

  constructor(broker: MessageBroker, topic: string, request: ReceivedMessage, signal: AbortSignal) {
    this.#broker = broker;
    this.#topic = topic;
    this.#request = request;
    this.#signal = signal;
  }

  take: TakeItem = (item, index) => {
    this.#items = index + 1;
    return this.#publish("item", index, item);
  };

  complete(): Promise<void> {
    return this.#publish("completed", "end", { items: this.#items });
  }

  #publish(kind: "item" | "completed", place: number | "end", payload: unknown): Promise<void> {
    const { id, name, key, headers } = this.#request;
    const { correlationId = id, headers: rest = {} } = metadataOf(id, headers);
    const message = {
      id: `${id}/${place}`,
      name: `${name}.${kind}`,
      topic: this.#topic,
      key: key ?? id,
      timestamp: new Date(),
      headers: headersOf({ correlationId, causationId: id, headers: rest }),
      payload,
    };
    return this.#broker.publish([message], { signal: this.#signal });
  }
}
