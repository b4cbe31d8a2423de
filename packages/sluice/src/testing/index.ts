export { brokerConformance } from "./broker-conformance.js";
export type { BrokerConformanceOptions, BrokerFeatures } from "./broker-features.js";
export type { ConformanceCase } from "./conformance-case.js";
export {
  type ContainerConformanceOptions,
  type ContainerHooks,
  type ContainerUnderTest,
  containerConformance,
} from "./container-conformance.js";
export { type LogRecord, RecordingLogger } from "./recording-logger.js";
