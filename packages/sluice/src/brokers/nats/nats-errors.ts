import { reasonOf } from "../../errors/reason.js";
import { BrokerUnavailableError, MessageRefusedError } from "../publish-errors.js";
import type { NatsConnectOptions } from "./nats-connection.js";
import type { NatsParcel } from "./nats-parcel.js";

/** What a server of JetStream answers with instead of an acknowledgement. */
export interface NatsApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

export const apiCodes = {
  consumerNotFound: 10014,
  streamNotFound: 10059,
  messageTooLarge: 10054,
  subjectsOverlap: 10065,
  streamNameTaken: 10058,
} as const;

/** While a cluster elects, or a server starts: the same message may be taken a moment later. */
const passing = new Set([10008, 10009, 10118, 10194]);

export function isPassing({ err_code }: NatsApiError): boolean {
  return err_code !== undefined && passing.has(err_code);
}

/** What is wrong: an error, or words. */
export function inWords(trouble: unknown): string {
  return typeof trouble === "string" ? trouble : reasonOf(trouble);
}

export function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

/** Whether the server knows the client and does not let it in: to try again is no use. */
function isAuthenticationError(error: unknown): boolean {
  return error instanceof Error && /^(Authorization|UserAuthenticationExpired)Error$/.test(error.name);
}

/** Whether a connection, or an answer, may come later, from a server that is away now or starts. */
export function isUnreachable(error: unknown): boolean {
  if (chainOf(error).some(isAuthenticationError)) return false;
  return chainOf(error).some(
    (each) =>
      each instanceof Error &&
      (each.name === "TimeoutError" ||
        /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE/.test(
          String(codeOf(each)),
        ) ||
        /connection (refused|disconnected|closed)/i.test(each.message)),
  );
}

/** Why a connection could not be made, with what to do. */
export function connectError(error: unknown, options: NatsConnectOptions): BrokerUnavailableError {
  const { servers, user, token, authenticator } = options;
  const where = `NATS at ${Array.isArray(servers) ? servers.join(", ") : servers}`;
  const reason = chainOf(error).map(reasonOf).join(": ");
  if (isAuthenticationError(error)) {
    const who =
      user !== undefined
        ? `user ${JSON.stringify(user)}`
        : token !== undefined
          ? "this token"
          : authenticator !== undefined
            ? "what this authenticator gives"
            : "a client without user, token or authenticator";
    const advice = "Give the connection what the server's `authorization` or `accounts` have";
    return new BrokerUnavailableError(`${where} does not let in ${who} (${reason}). ${advice}.`, {
      cause: error,
    });
  }
  const advice = /tls|certificate|ssl/i.test(reason)
    ? "Server and client do not agree on TLS: give `tls` where the server has it, with `caFile` for a certificate of your own, and leave it out where it has none"
    : "Look whether the server runs, and listens there";
  return new BrokerUnavailableError(`${where} gives no connection (${reason}). ${advice}.`, { cause: error });
}

function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let each = error; each !== undefined && each !== null && chain.length < 5; each = causeOf(each))
    chain.push(each);
  return chain;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

/** What a request to JetStream failed with, in words that say what to do. */
export function jetStreamProblem(error: unknown): string {
  const reason = chainOf(error).map(reasonOf).join(": ");
  const name = error instanceof Error ? error.name : "";
  if (name === "JetStreamNotEnabled" || /no responders/i.test(reason))
    return `JetStream does not answer (${reason}). It is not enabled for this account (\`jetstream\` in the server's config), or is about to start`;
  if (/permissions? violation/i.test(reason))
    return `this user lacks a permission (${reason}). It needs to publish to $JS.API.> and $JS.ACK.>, and to subscribe to its inboxes, _INBOX.>`;
  return reason;
}

/** Nothing keeps what is published there. */
export function noStream(topic: string, cause?: unknown): BrokerUnavailableError {
  const advice = `Make one, as with \`nats stream add --subjects ${topic}\`, or give NatsBroker the option createStreams`;
  return new BrokerUnavailableError(`No stream of JetStream has the subject ${topic}. ${advice}.`, { cause });
}

/** The user may not publish to this subject, as the server said. */
export function publishForbidden(topic: string, cause: unknown): BrokerUnavailableError {
  const what = `The user of this connection may not publish to ${topic} (${reasonOf(cause)})`;
  return new BrokerUnavailableError(`${what}. Add the subject to its publish permissions.`, { cause });
}

/** Why the driver did not send it. */
export function unsent(
  { id, headers, body }: NatsParcel,
  error: unknown,
  maxPayload = Number.POSITIVE_INFINITY,
): unknown {
  if (!/^Invalid/.test((error as Error).name)) {
    const what = `the connection takes nothing more (${reasonOf(error)}).`;
    return new BrokerUnavailableError(what, { cause: error });
  }
  const bytes = headers.encode().length + body.length;
  const what =
    bytes > maxPayload
      ? `it has ${bytes} bytes with its headers, and max_payload of this server is ${maxPayload}; send where the data are, or raise it`
      : reasonOf(error);
  return new MessageRefusedError(id, what, { cause: error });
}

/** Why a stream does not keep a message. */
export function unkept(
  { id, topic }: NatsParcel,
  { err_code, description = "no reason given" }: NatsApiError,
) {
  if (err_code === apiCodes.messageTooLarge) {
    const what = `it is larger than the stream of ${topic} takes (${description}); raise its max_msg_size`;
    return new MessageRefusedError(id, what);
  }
  return new BrokerUnavailableError(`the stream of ${topic} does not take it: ${description}.`);
}
