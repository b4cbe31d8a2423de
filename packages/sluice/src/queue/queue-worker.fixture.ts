import { afterEach, beforeEach, expect, vi } from "vitest";
import type { Message } from "../brokers/message.js";
import { RecordingLogger } from "../mediator/flow.fixture.js";
import { MessageRegistry } from "../messages/message-registry.js";
import { NotificationEvent } from "../messages/notification-event.js";
import { MemoryOutbox } from "../outbox/memory-outbox.js";
import { type Relay, type RelayOptions, startRelay } from "../outbox/start-relay.js";

export class Happened extends NotificationEvent<number> {
  constructor(payload: number, key: string, topic = "facts") {
    super({ eventName: "happened", topic, key, payload });
  }
}

export const registry = new MessageRegistry().register("happened", Happened);

export let outbox: MemoryOutbox;
export let logger: RecordingLogger;
const relays: Relay[] = [];

/** A new outbox for each test, only the time that the test lets pass, and no relay or timer that outlives it. */
export function useOutbox(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    outbox = new MemoryOutbox({ registry });
    logger = new RecordingLogger();
  });

  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.close()));
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
}

/** The outbox of this test keeps what is done. */
export function keepDone(): void {
  outbox = new MemoryOutbox({ registry, keepDone: true });
}

/** Takes everything, unless it is told otherwise. */
export function brokerThat(refuses: (message: Message) => Error | undefined = () => undefined) {
  const arrived: string[] = [];
  const publish = vi.fn(async (messages: readonly Message[]) => {
    for (const message of messages) {
      const failure = refuses(message);
      if (failure !== undefined) throw failure;
    }
    arrived.push(...messages.map(({ key, payload }) => `${key}${payload}`));
  });
  return { broker: { publish, async close() {} }, publish, arrived };
}

export async function relay(options: Partial<RelayOptions> & Pick<RelayOptions, "broker">): Promise<Relay> {
  const started = await startRelay({ outbox, logger, ...options });
  relays.push(started);
  return started;
}

export function add(...events: Happened[]): void {
  const tx = outbox.begin();
  outbox.add(events, tx);
  tx.commit();
}

export const settle = () => vi.advanceTimersByTimeAsync(20);
export const stats = () => outbox.queue.desk.stats();
