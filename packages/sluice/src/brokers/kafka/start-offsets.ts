import type { StartAt } from "../subscribe-options.js";
import type { KafkaConsumer } from "./kafka-client.js";

const latest = -1n;
const earliest = -2n;

/** Where reading begins in partitions of a topic, by their numbers. */
export async function startOffsets(
  consumer: KafkaConsumer,
  topic: string,
  partitions: readonly number[],
  startAt: StartAt,
): Promise<Map<number, number>> {
  const list = async (timestamp: bigint, of: readonly number[]) =>
    (await consumer.listOffsets({ topics: [topic], partitions: { [topic]: [...of] }, timestamp })).get(topic);
  const timestamp =
    startAt === "latest" ? latest : startAt === "earliest" ? earliest : BigInt(startAt.getTime());
  const found = new Map<number, number>();
  const listed = await list(timestamp, partitions);
  for (const index of partitions) found.set(index, Number(listed?.[index] ?? -1n));
  // Nothing came at that moment or later: the next message will.
  const without = partitions.filter((index) => (found.get(index) as number) < 0);
  const ends = without.length > 0 ? await list(latest, without) : undefined;
  for (const index of without) found.set(index, Number(ends?.[index] ?? 0n));
  return found;
}
