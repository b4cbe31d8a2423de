export { brokerConformance } from "./broker-conformance.js";
export type { BrokerConformanceOptions } from "./broker-conformance-options.js";
export type { ConformanceCase, SkippableTest } from "./conformance-case.js";
export {
  type ContainerConformanceOptions,
  type ContainerHooks,
  type ContainerUnderTest,
  containerConformance,
} from "./container-conformance.js";
export { httpConformance } from "./http-conformance.js";
export type {
  HttpConformanceOptions,
  HttpFeatures,
  HttpServerUnderTest,
} from "./http-conformance-options.js";
export { type LogRecord, RecordingLogger } from "./recording-logger.js";
export { inboxConformance, outboxConformance } from "./store-conformance.js";
export type { StoreBed, StoreConformanceOptions, StoreFeatures } from "./store-test-bed.js";
export { storeTestRegistry } from "./store-test-messages.js";
