import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { WireFormat } from "../wire-format.js";
import { contentTypeOf } from "./attribute-names.js";
import { readBinary, writeBinary } from "./binary-event.js";
import { cloudEventsName } from "./read-event.js";
import { isStructured, readStructured } from "./read-structured-event.js";
import { writeStructured } from "./structured-event.js";

const modes = { binary: writeBinary, structured: writeStructured } as const;
const uriReference = /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\da-f]{2})+$/i;

export interface CloudEventsOptions {
  /** Who publishes, as a URI reference: `/orders-service`. Not empty. @default "/sluice" */
  readonly source?: string | undefined;
  /**
   * What is written: attributes in headers and the payload as the body, or all of it as one JSON object in the body,
   * for readers that see no headers. Both are read.
   * @default "binary"
   */
  readonly mode?: "binary" | "structured" | undefined;
}

/**
 * Messages as CloudEvents 1.0, by the binding of each broker: other languages have libraries that read and write them.
 *
 * The name of a message is the attribute `type`, its moment is `time`, its key is `partitionkey` of the partitioning
 * extension. A header `ce-subject`, or `ce-` and any other name in lower-case letters and digits, is an attribute on the
 * wire, and a header again for the reader. All other headers travel as they are, `traceparent` and `correlation-id`
 * among them. `ce-id`, `ce-source` and others that the format writes itself say nothing as headers. `source` is not part
 * of a message: a reader finds it in `raw`.
 *
 * Nothing that CloudEvents forbids is written or read: control characters in an attribute, a year beyond 9999. What is
 * finer than a millisecond in `time` is cut off. JSON without a payload comes back without one, and a payload in an
 * unknown format as bytes.
 *
 * @throws {InvalidOptionError} `source` is no URI reference, or there is no such `mode`.
 * @throws {MessageRefusedError} from a broker's `publish`: an id, name, key or `ce-` header that no attribute can be.
 * @throws {MalformedMessageError} for what comes in and is no event; the error names the attribute.
 *
 * @example
 * ```ts
 * import { cloudEvents, MemoryMessageBroker } from "sluice/brokers";
 *
 * const broker = new MemoryMessageBroker({ wire: cloudEvents({ source: "/orders-service" }) });
 * await broker.close();
 * ```
 */
export function cloudEvents({ source = "/sluice", mode = "binary" }: CloudEventsOptions = {}): WireFormat {
  if (typeof source !== "string" || !uriReference.test(source)) {
    throw new InvalidOptionError("cloudEvents source", source, 'a URI reference, such as "/orders-service"');
  }
  if (!Object.hasOwn(modes, mode)) {
    throw new InvalidOptionError("cloudEvents mode", mode, '"binary" or "structured"');
  }
  const write = modes[mode];
  return {
    name: cloudEventsName,
    write: (message, binding) => write(message, source, binding),
    read(wire, topic, binding) {
      const contentType = contentTypeOf(wire.headers);
      if (contentType !== undefined && isStructured(contentType)) {
        return readStructured(wire, topic, binding, contentType);
      }
      return readBinary(wire, topic, binding);
    },
  };
}
