import type { CountedMessage } from "./delivery.js";
import { type SubscribeOptions, subscribeSettings } from "./subscribe-options.js";

/** A message of a key, as a broker's adapter hands it over. */
export function given(id: string, more: Partial<CountedMessage> = {}): CountedMessage {
  return {
    id,
    name: "test.told",
    topic: "test",
    key: id[0],
    timestamp: new Date(0),
    headers: {},
    payload: {},
    encoded: { contentType: "application/json", bytes: new Uint8Array() },
    attempt: 1,
    raw: { headers: {}, body: new Uint8Array() },
    ...more,
  };
}

export function settings(options: Pick<SubscribeOptions, "onMessage"> & Partial<SubscribeOptions>) {
  return subscribeSettings({ topics: ["test"], ...options }, true);
}
