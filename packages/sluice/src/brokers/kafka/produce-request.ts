import type { KafkaProducerIdentity } from "./kafka-client.js";
import type { KafkaConnection } from "./kafka-connection.js";
import type { Batch, PublishLane } from "./publish-lane.js";

/** A batch in a request. */
export interface Sent {
  readonly lane: PublishLane;
  readonly batch: Batch;
}

/** What a server answers, for each partition. */
export interface ProduceResponse {
  readonly responses?: readonly {
    readonly name: string;
    readonly partitionResponses: readonly {
      readonly index: number;
      readonly errorCode: number;
      readonly errorMessage?: string | null;
    }[];
  }[];
}

/** All copies that are in sync have it before a server answers. */
const acksAll = -1;
const serverTimeoutMs = 5_000;
const maxRequestBytes = 8_000_000;

/** What goes in one request: it names one sender for all. */
export function batchesOf(lanes: readonly PublishLane[], identity: KafkaProducerIdentity): Sent[] {
  const sent: Sent[] = [];
  let bytes = 0;
  for (const lane of lanes) {
    const batch = lane.next(identity);
    if (batch === undefined || (sent[0] !== undefined && sent[0].batch.identity !== batch.identity)) continue;
    bytes += batch.messages.reduce((sum, { record }) => sum + record.size, 0);
    if (sent.length > 0 && bytes > maxRequestBytes) break;
    sent.push({ lane, batch });
  }
  return sent;
}

/** Sends them to the server that leads their partitions. */
export async function produce(
  connection: KafkaConnection,
  server: number,
  sent: readonly Sent[],
): Promise<ProduceResponse> {
  const records: object[] = [];
  const sequences = new Map<string, number>();
  for (const { lane, batch } of sent) {
    const { topic, partition } = lane;
    sequences.set(`${topic}:${partition}`, batch.sequence);
    for (const { record } of batch.messages) {
      const { key, value, headers } = record;
      records.push({ topic, partition, key, value, headers });
    }
  }
  const { producerId, producerEpoch } = (sent[0] as Sent).batch.identity;
  const getWithDefault = (lane: string, otherwise: number) => sequences.get(lane) ?? otherwise;
  const options = { producerId, producerEpoch, sequences: { getWithDefault } };
  const producer = await connection.producer();
  const answer = connection.call(producer, server, "Produce", acksAll, serverTimeoutMs, records, options);
  return (await answer) as ProduceResponse;
}
