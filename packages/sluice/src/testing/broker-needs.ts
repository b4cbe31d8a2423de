import type { BrokerFeatures } from "../brokers/broker-features.js";
import type { BrokerNeed } from "./broker-case.js";

export const fanOut: BrokerNeed = { what: "fan-out", has: (features) => features.fanOut };

export const groups: BrokerNeed = { what: "consumer groups", has: (features) => features.consumerGroups };

export const order: BrokerNeed = {
  what: "order per key",
  has: ({ orderPerKey }) => orderPerKey !== false,
};

export const groupOrder: BrokerNeed = {
  what: "order per key in the whole group",
  has: ({ orderPerKey }) => orderPerKey === "group",
};

export const sharedWork: BrokerNeed = {
  what: "members that all work",
  has: ({ standby }) => standby !== true,
};

/** A broker that gives each member a part of the keys for itself does not give them to another that has room. */
export const sharedBacklog: BrokerNeed = {
  what: "members that take what others have no room for",
  has: ({ orderPerKey, singleInstance }) => orderPerKey !== "group" || singleInstance,
};

export const delay: BrokerNeed = { what: "delay", has: (features) => features.delay };

export const countedAttempts: BrokerNeed = {
  what: "counted attempts",
  has: (features) => features.countsAttempts,
};

export const replay: BrokerNeed = { what: "replay", has: (features) => features.replay };

export const noReplay: BrokerNeed = { what: "no replay", has: (features) => !features.replay };

export const deduplication: BrokerNeed = {
  what: "deduplication",
  has: (features) => features.deduplication,
};

export const restart: BrokerNeed = {
  what: "a server to restart",
  has: (_, options) => options.restart !== undefined,
};

export const deadLetters: BrokerNeed = {
  what: "dead letter queues",
  has: (_, { broker }) => broker === undefined || broker.deadLetterQueue !== undefined,
};

const names: readonly (keyof BrokerFeatures)[] = [
  "fanOut",
  "consumerGroups",
  "orderPerKey",
  "delay",
  "countsAttempts",
  "replay",
  "deduplication",
  "singleInstance",
];

/** Whether these are all features that a broker must state. */
export function areWhole(features: Partial<BrokerFeatures> = {}): features is BrokerFeatures {
  return names.every((name) => features[name] !== undefined);
}
