import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Connection } from "rabbitmq-client";
import { vi } from "vitest";
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

/** Whether a queue is in the database of queues on the disk, or in its log. */
function isOnDisk(queue: string, folder: string): boolean {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => /\/(LATEST\.LOG|rabbit_durable_queue\.DC[DL])$/.test(file))
    .some((file) => readFileSync(join(folder, file)).includes(queue));
}

serverConforms(rabbitmq, {
  async write({ url, folder }, text) {
    await connected(url, async (connection) => {
      const queues = [{ queue: "kept", durable: true }];
      const publisher = connection.createPublisher({ confirm: true, queues });
      await publisher.send({ routingKey: "kept", durable: true }, text);
      await publisher.close();
    });
    // A queue, unlike a message that is confirmed, gets there up to two seconds after it is declared.
    await vi.waitUntil(() => isOnDisk("kept", folder), { timeout: 10_000 });
  },
  // It is not acknowledged, so it goes back.
  read: ({ url }) => connected(url, async (connection) => (await connection.basicGet("kept"))?.body),
});
