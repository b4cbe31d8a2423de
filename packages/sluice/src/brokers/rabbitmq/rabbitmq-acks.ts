import type { RabbitMQChannel } from "./rabbitmq-client.js";

declare function setImmediate(callback: () => void): unknown;

/**
 * Acknowledges the deliveries of a channel, once for all that are done in one turn of the event loop: written for speed.
 * What is not acknowledged goes back when the channel ends, in its order; a quorum queue puts back what is given back
 * one by one in no order.
 */
export class RabbitMQAcks {
  readonly #channel: RabbitMQChannel;
  /** All deliveries up to this one are done. */
  #low = 0;
  readonly #doneAbove = new Set<number>();
  #done: number[] = [];

  constructor(channel: RabbitMQChannel) {
    this.#channel = channel;
  }

  ack(tag: number): void {
    if (this.#done.push(tag) === 1) setImmediate(() => this.flush());
  }

  flush(): void {
    const done = this.#done.sort((a, b) => a - b);
    this.#done = [];
    // What the channel took with it comes again.
    if (!this.#channel.active) return;
    for (const tag of done) this.#doneAbove.add(tag);
    while (this.#doneAbove.delete(this.#low + 1)) this.#low++;
    let first = 0;
    while (first < done.length && (done[first] as number) <= this.#low) first++;
    // Its tag must be one that the server waits for: the last of these is.
    if (first > 0) this.#channel.basicAck({ deliveryTag: done[first - 1] as number, multiple: first > 1 });
    for (const deliveryTag of done.slice(first)) this.#channel.basicAck({ deliveryTag });
  }
}
