import { setTimeout } from "node:timers/promises";
import { Connection } from "rabbitmq-client";
import { rabbitmq } from "./rabbitmq.js";
import { serverConforms } from "./server-conforms.fixture.js";

async function connected<T>(url: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = new Connection(url);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/**
 * What Erlang's log of queues holds back at most, with a second for a busy machine. No clock of a test reaches into the
 * server, and what stands in its files meanwhile may still be left out when it reads them again after a kill.
 */
const declaredForGoodMs = 3_000;

serverConforms(rabbitmq, {
  async write({ url }, text) {
    await connected(url, async (connection) => {
      const queues = [{ queue: "kept", durable: true }];
      const publisher = connection.createPublisher({ confirm: true, queues });
      await publisher.send({ routingKey: "kept", durable: true }, text);
      await publisher.close();
    });
    await setTimeout(declaredForGoodMs);
  },
  // It is not acknowledged, so it goes back.
  read: ({ url }) => connected(url, async (connection) => (await connection.basicGet("kept"))?.body),
});
