import { connect, type NatsConnection } from "@nats-io/transport-node";
import { nats, type RunningServer } from "@sluice-internal/services";
import type { Message, ReceivedMessage } from "sluice";
import { NatsBroker, type NatsBrokerOptions } from "sluice/brokers/nats";
import { RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, expect, vi } from "vitest";

export const signal = new AbortController().signal;
export let server: RunningServer;
export const open: { close(): Promise<void> }[] = [];
/** Servers of single tests. */
export const others: RunningServer[] = [];

export function brokerOn(url: string, options: Partial<NatsBrokerOptions> = {}): NatsBroker {
  const connection = { servers: url };
  const broker = new NatsBroker({ connection, createStreams: {}, logger: new RecordingLogger(), ...options });
  open.push(broker);
  return broker;
}

export const brokerWith = (options: Partial<NatsBrokerOptions> = {}) => brokerOn(server.url, options);

export async function connection(options: object = {}): Promise<NatsConnection> {
  const made = await connect({ servers: server.url, ...options });
  open.push(made);
  return made;
}

let topics = 0;
export const newTopic = () => `shop.orders_${++topics}`;

export function messages(
  topic: string,
  count: number,
  more: (n: number) => Partial<Message> = () => ({}),
): Message[] {
  return Array.from({ length: count }, (_, n) => ({
    id: crypto.randomUUID(),
    name: "order.placed",
    topic,
    timestamp: new Date(),
    headers: {},
    payload: { n },
    ...more(n),
  }));
}

export const keyed = (keys: number) => (n: number) => ({ key: `key ${n % keys}` });

/** What came, in its order. */
export class Inbox {
  readonly received: ReceivedMessage[] = [];
  readonly onMessage = (message: ReceivedMessage) => void this.received.push(message);

  get numbers(): number[] {
    return this.received.map(({ payload }) => (payload as { n: number }).n);
  }

  has(count: number): Promise<void> {
    return vi.waitFor(() => expect(this.received.length).toBeGreaterThanOrEqual(count), {
      timeout: 15_000,
      interval: 5,
    });
  }
}

/** Starts a server for the tests around, and closes in the end whatever was opened. */
export function useNats(): void {
  beforeAll(async () => {
    server = await nats.start();
  });
  afterAll(async () => {
    await Promise.all(open.map((each) => each.close()));
    await Promise.all([server, ...others].map((each) => each.stop()));
  });
}
