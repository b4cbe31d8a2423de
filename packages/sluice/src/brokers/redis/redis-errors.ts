import { reasonOf } from "../../errors/reason.js";
import { BrokerUnavailableError } from "../publish-errors.js";

/** The word with which Redis begins an error: `WRONGTYPE`; `undefined` where none of its replies is the error. */
export function redisCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "ReplyError") return undefined;
  return /^[A-Z]+/.exec(error.message)?.[0] ?? "ERR";
}

const passing = new Set(["LOADING", "READONLY", "MASTERDOWN", "TRYAGAIN", "BUSY", "UNBLOCKED"]);

/** Whether nothing was done and it will pass: the connection is gone, a primary is being replaced, Redis is loading. */
export function isPassing(error: unknown): boolean {
  const code = redisCodeOf(error);
  return code === undefined || passing.has(code);
}

/** Whether a connection fails in a way that another try does not mend: who logs in, or TLS. */
export function isFinal(error: unknown): boolean {
  const code = redisCodeOf(error);
  if (code !== undefined)
    return /^(WRONGPASS|NOAUTH|NOPERM|DENIED)$/.test(code) || /AUTH/.test(reasonOf(error));
  return /^ERR_(SSL|TLS)|CERT|SELF_SIGNED|UNABLE_TO_/.test(`${(error as { code?: unknown } | null)?.code}`);
}

const advice: Readonly<Record<string, string>> = {
  WRONGPASS: "Check username and password.",
  NOAUTH: "This server wants a password: give username and password.",
  NOPERM: "Give this user the permission in its ACL: the commands of streams on the keys of its topics.",
  DENIED: "The server is in protected mode: set a password, or bind it to an address of its own.",
  WRONGTYPE: "Use another topic, or the option prefix, to keep streams apart from other keys.",
  OOM: "Its maxmemory is reached: give it more, delete what is not needed, or trim by the option maxLength.",
  MISCONF: "It cannot write its snapshots: look at its log and its disk.",
  NOREPLICAS: "Fewer replicas are there than min-replicas-to-write asks for.",
  READONLY: "This is a replica: connect to the primary, or to Sentinels, which know which one that is.",
};

/** Says what Redis answered, and what to do. */
export function unavailable(what: string, cause: unknown): BrokerUnavailableError {
  const code = redisCodeOf(cause);
  const hint = code === undefined ? (isFinal(cause) ? tls : undefined) : advice[code];
  const reason = cause === undefined ? "" : `: ${reasonOf(cause).replace(/\.$/, "")}`;
  return new BrokerUnavailableError(`${what}${reason}${hint ? `. ${hint}` : ""}`, { cause });
}

const tls =
  "Check that both sides speak TLS or neither does (rediss:// or the option tls), and that its certificate is trusted.";
