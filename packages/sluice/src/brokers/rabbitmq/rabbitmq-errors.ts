import { reasonOf } from "../../errors/reason.js";
import { BrokerUnavailableError } from "../publish-errors.js";

/** The name of an AMQP reply code, of an error of Node, or of the driver. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

const refusesCertificate = /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/;

/**
 * The error of a connection that no waiting mends, in our words; `undefined` of one that may heal by itself.
 *
 * @param where the server and the user, without the password
 */
export function refusalOf(error: unknown, where: string): BrokerUnavailableError | undefined {
  const code = codeOf(error);
  const advice = refusesCertificate.test(code)
    ? "TLS failed. Look at `tls` (ca, servername) and at the port: 5671 has TLS, 5672 has none."
    : (error as Error | undefined)?.name !== "AMQPConnectionError"
      ? undefined
      : code === "ACCESS_REFUSED"
        ? "Look at the user's name and password; `guest` may connect from the server's own machine only."
        : code === "NOT_ALLOWED"
          ? "Look at the name of the virtual host, and at the user's permissions there."
          : code === "VERSION_MISMATCH"
            ? "This port does not speak AMQP 0-9-1."
            : undefined;
  if (advice === undefined) return undefined;
  return new BrokerUnavailableError(`${where} refuses the connection: ${reasonOf(error)}. ${advice}`, {
    cause: error,
  });
}

/** Whether only the channel or the connection went, so that another try is worth it. */
function isLoss(error: unknown): boolean {
  const { name } = error as Error;
  const code = codeOf(error);
  return (
    (name !== "AMQPChannelError" && name !== "AMQPError") ||
    code === "CH_CLOSE" ||
    code === "TIMEOUT" ||
    code === "CLOSED"
  );
}

/** Has an exchange or a queue made or looked for; an error of it says what to do. */
export async function setUp<T>(what: string, declare: () => Promise<T>): Promise<T> {
  try {
    return await declare();
  } catch (error) {
    throw isLoss(error) ? error : setUpError(error, what);
  }
}

function setUpError(error: unknown, what: string): BrokerUnavailableError {
  const advice = {
    NOT_FOUND: "Declare it, or leave `declare` true so that the broker does.",
    ACCESS_REFUSED:
      "Give the user permission, or set `declare: false` where others make exchanges and queues.",
    PRECONDITION_FAILED:
      "It is there with other settings. Set `queueType` and `singleActiveConsumer` to what it has, set `declare: false` to take it as it is, or name another by `exchangeOf` or `queueOf`.",
    RESOURCE_LOCKED: "Another connection has it for itself.",
  }[codeOf(error)];
  return new BrokerUnavailableError(`${what}: ${reasonOf(error)}.${advice ? ` ${advice}` : ""}`, {
    cause: error,
  });
}
