import type { WireFormat } from "../wire-format.js";
import { pythonCqrsName } from "./python-cqrs-names.js";
import { readPythonCqrs } from "./python-cqrs-read.js";
import { writePythonCqrs } from "./python-cqrs-write.js";

/**
 * Messages as python-cqrs 5 sends and reads notification events, for topics that are shared with its services.
 *
 * Payloads that are JSON travel in its envelope: one JSON object with `event_id`, `event_timestamp`, `event_name`,
 * `topic` and `payload`. Both kinds of its events are read, dataclasses (camelCase) and pydantic (snake_case), and both
 * read what is written. The payload is left as it is: a dataclass on the other side writes its fields in camelCase and
 * reads either, a pydantic model reads what it declares. Other bytes travel as its protobuf codec sends them: as the
 * body, with the headers `event_name` and `message_id`; its `from_proto` gets them as they are.
 *
 * What does not survive:
 *
 * - Headers, `correlation-id` and `traceparent` among them: python-cqrs sends none with JSON and shows none to its
 *   handlers. They are written beside the body all the same, for others.
 * - The key: the envelope has none. It is the broker's own, where the broker has one, else the header `sluice-key`;
 *   python-cqrs sends none.
 * - What an event of python-cqrs has beside those five fields; `raw` keeps it.
 * - An id that is no UUID, a compressed payload, a moment outside the years 1 to 9999: such a message is refused.
 *   Another spelling of a UUID is read as the usual one, in lower case with dashes.
 * - A missing payload comes back as `null`. Python's microseconds are cut off. A moment without an offset, which is what
 *   `datetime.now()` gives, is taken as UTC: run such services with `TZ=UTC`.
 * - With protobuf, the moment: it is the one when the broker took the message.
 *
 * @throws {MessageRefusedError} from a broker's `publish`: what the envelope cannot carry.
 * @throws {MalformedMessageError} for what comes in and is no such event; the error names the field.
 *
 * @example
 * ```ts
 * import { MemoryMessageBroker, pythonCqrs } from "sluice/brokers";
 *
 * const broker = new MemoryMessageBroker({ wire: pythonCqrs() });
 * await broker.close();
 * ```
 */
export function pythonCqrs(): WireFormat {
  return { name: pythonCqrsName, write: writePythonCqrs, read: readPythonCqrs };
}
