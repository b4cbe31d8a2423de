import type { Work } from "../work.js";

/** The works of the core, by the name that `run-work.js` is given; each runs in a process of its own. */
export const coreWorks: Readonly<Record<string, () => Promise<Work>>> = {
  send: async () => (await import("./send.js")).makeSend(),
  stream: async () => (await import("./stream.js")).makeStream(),
  "stream-events": async () => (await import("./stream-events.js")).makeStreamEvents(),
  "many-events": async () => (await import("./many-events.js")).makeManyEvents(),
  features: async () => (await import("./features.js")).makeFeatures(),
  "features-events": async () => (await import("./features.js")).makeFeaturesEvents(),
};
