import type { RabbitMQChannel } from "./rabbitmq-client.js";

declare function setImmediate(callback: () => void): unknown;

/**
 * Acknowledges the deliveries of a channel, once for all that are settled in one turn of the event loop: written for
 * speed. What is given back goes in the order in which it came, so that it is given out in that order again.
 */
export class RabbitMQAcks {
  readonly #channel: RabbitMQChannel;
  /** All deliveries up to this one are settled at the server. */
  #low = 0;
  readonly #settledAbove = new Set<number>();
  #done: number[] = [];
  #released: number[] = [];
  #isFlushing = false;

  constructor(channel: RabbitMQChannel) {
    this.#channel = channel;
  }

  ack(tag: number): void {
    this.#done.push(tag);
    this.#flushSoon();
  }

  nack(tag: number): void {
    this.#released.push(tag);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => this.flush());
  }

  flush(): void {
    this.#isFlushing = false;
    const done = this.#done.sort((a, b) => a - b);
    const released = this.#released.sort((a, b) => a - b);
    this.#done = [];
    this.#released = [];
    // What the channel took with it comes again.
    if (!this.#channel.active) return;
    for (const deliveryTag of released) this.#channel.basicNack({ deliveryTag, requeue: true });
    for (const tag of done) this.#settledAbove.add(tag);
    for (const tag of released) this.#settledAbove.add(tag);
    while (this.#settledAbove.delete(this.#low + 1)) this.#low++;
    let first = 0;
    while (first < done.length && (done[first] as number) <= this.#low) first++;
    // Its tag must be one that the server waits for: the last of these is.
    if (first > 0) this.#channel.basicAck({ deliveryTag: done[first - 1] as number, multiple: first > 1 });
    for (const deliveryTag of done.slice(first)) this.#channel.basicAck({ deliveryTag });
  }
}
