import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { FakeChannel } from "./rabbitmq.fixture.js";
import { RabbitMQAcks } from "./rabbitmq-acks.js";

/** What is sent for those that are done in one turn of the event loop, turn by turn. */
async function sentFor(...turns: readonly number[][]) {
  const channel = new FakeChannel();
  const acks = new RabbitMQAcks(channel);
  for (const tags of turns) {
    for (const tag of tags) acks.ack(tag);
    await setImmediate();
  }
  return channel.calls.map(([, params]) => params);
}

describe("RabbitMQAcks", () => {
  it("acknowledges all that are done in a row at once, and those behind a gap one by one", async () => {
    expect(await sentFor([3, 1, 2, 5, 7])).toEqual([
      { deliveryTag: 3, multiple: true },
      { deliveryTag: 5 },
      { deliveryTag: 7 },
    ]);
  });

  it("never acknowledges one that is not done", async () => {
    expect(await sentFor([2, 3], [5])).toEqual([{ deliveryTag: 2 }, { deliveryTag: 3 }, { deliveryTag: 5 }]);
  });

  it("names no tag twice, for which the server closes the channel", async () => {
    expect(await sentFor([2], [1], [4, 3])).toEqual([
      { deliveryTag: 2 },
      { deliveryTag: 1, multiple: false },
      { deliveryTag: 4, multiple: true },
    ]);
  });

  it("says nothing on a channel that is gone", async () => {
    const channel = new FakeChannel();
    const acks = new RabbitMQAcks(channel);
    acks.ack(1);
    await channel.close();
    await setImmediate();
    expect(channel.calls).toEqual([]);
  });
});
