import { reasonOf } from "../../errors/reason.js";
import { SluiceError } from "../../errors/sluice-error.js";
import { BrokerUnavailableError } from "../publish-errors.js";
import type { KafkaSasl } from "./kafka-client.js";

/** What is read of an error of the driver. */
interface DriverError {
  readonly code?: string;
  /** What the server calls it: `TOPIC_AUTHORIZATION_FAILED`. */
  readonly apiId?: string;
  readonly message: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  readonly response?: unknown;
}

interface Doing {
  /** Where it connects to, for people. */
  readonly servers: string;
  readonly sasl?: KafkaSasl | undefined;
  readonly topic?: string | undefined;
  readonly group?: string | undefined;
}

/** The error itself, and all that it is made of. */
function* partsOf(error: unknown): Generator<DriverError> {
  if (typeof error !== "object" || error === null) return;
  yield error as DriverError;
  const { errors, cause } = error as DriverError;
  for (const each of errors ?? []) yield* partsOf(each);
  yield* partsOf(cause);
}

export function hasApiId(error: unknown, ...ids: readonly string[]): boolean {
  for (const { apiId } of partsOf(error)) if (apiId !== undefined && ids.includes(apiId)) return true;
  return false;
}

/** The answer in which a server said what went wrong, where there was one. */
export function responseOf(error: unknown): unknown {
  for (const { response } of partsOf(error)) if (response !== undefined) return response;
  return undefined;
}

export function isUnknownTopic(error: unknown): boolean {
  if (hasApiId(error, "UNKNOWN_TOPIC_OR_PARTITION")) return true;
  for (const { message } of partsOf(error)) if (message?.startsWith("Unknown topic ")) return true;
  return false;
}

const refusals: Readonly<Record<string, (doing: Doing) => string>> = {
  TOPIC_AUTHORIZATION_FAILED: ({ topic }) =>
    `this client has no permission for topic ${topic}. Allow it Read, or Write, on the topic`,
  GROUP_AUTHORIZATION_FAILED: ({ group }) =>
    `this client has no permission for group ${group}. Allow it Read on the group`,
  CLUSTER_AUTHORIZATION_FAILED: () =>
    "this client may not do that on the cluster. Allow it IdempotentWrite to publish, Create to create topics",
  INCONSISTENT_GROUP_PROTOCOL: ({ group }) =>
    `the members of group ${group} divide partitions in another way than cooperative-sticky. Use a group of its own, or cooperative-sticky for all its members`,
  INVALID_GROUP_ID: ({ group }) => `the cluster takes ${JSON.stringify(group)} for no name of a group`,
  INVALID_SESSION_TIMEOUT: () =>
    "the cluster does not allow this sessionTimeoutMs: see its group.min.session.timeout.ms and group.max.session.timeout.ms",
  INVALID_REPLICATION_FACTOR: () => "the cluster has fewer servers than createTopics asks for replicas",
  INVALID_PARTITIONS: () => "createTopics asks for a number of partitions that the cluster does not allow",
  POLICY_VIOLATION: () => "a policy of the cluster forbids it",
  GROUP_MAX_SIZE_REACHED: ({ group }) => `group ${group} has as many members as the cluster allows`,
};

const tlsFailures = /^(CERT_|DEPTH_ZERO|ERR_TLS|ERR_SSL|SELF_SIGNED|UNABLE_TO_)/;

/** What no waiting will mend: a login or a certificate that is refused, a permission that is missing. */
export function refusalOf(error: unknown, doing: Doing): BrokerUnavailableError | undefined {
  const { servers, sasl } = doing;
  for (const { apiId = "", code = "", message = "" } of partsOf(error)) {
    const refused = (problem: string) => new BrokerUnavailableError(`${problem}.`, { cause: error });
    const known = refusals[apiId];
    if (known !== undefined) return refused(known(doing));
    if (code === "PLT_KFK_AUTHENTICATION") {
      const user = typeof sasl?.username === "string" ? ` of user ${sasl.username}` : "";
      return refused(
        `${servers} refuses the login${user} by ${sasl?.mechanism ?? "SASL"}. Look at sasl: mechanism, username and password`,
      );
    }
    if (message === "Broker requires TLS.")
      return refused(`${servers} speaks TLS only. Pass tls, at least {}`);
    if (tlsFailures.test(code))
      return refused(`the certificate of ${servers} is refused: ${message}. See tls.ca`);
  }
  return undefined;
}

/** An error of the driver in the words of the contract. */
export function kafkaError(error: unknown, doing: Doing): unknown {
  if (error instanceof SluiceError) return error;
  return refusalOf(error, doing) ?? new BrokerUnavailableError(problemOf(error, doing), { cause: error });
}

/** What went wrong, in words. */
export function problemOf(error: unknown, { servers }: Doing): string {
  let reason = reasonOf(error);
  for (const { message } of partsOf(error)) {
    // So it looks, too, when a server goes away at the wrong moment.
    if (message?.startsWith("TLS handshake failed"))
      return `${servers} closes the connection when TLS begins. If it speaks no TLS on this port, leave out tls`;
    if (message) reason = message;
  }
  return `${servers}: ${reason}`;
}
