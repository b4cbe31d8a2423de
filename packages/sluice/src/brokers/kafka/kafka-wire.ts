import { WireReceivedMessage } from "../received-message.js";
import { HeaderNames } from "../wire/header-names.js";
import { setHeader } from "../wire/set-header.js";
import type { WireBinding, WireFormat, WireMessage } from "../wire-format.js";
import type { KafkaRecord } from "./kafka-client.js";

/** CloudEvents' binding to Kafka, 1.0.2: attributes in headers with this prefix, values as UTF-8. */
export const kafkaBinding: WireBinding = { prefix: "ce_" };

/** A message as the driver writes it. */
export interface WrittenRecord {
  readonly key: Buffer | undefined;
  /** `null` where it only says that the key is no more. */
  readonly value: Buffer | null;
  readonly headers: ReadonlyMap<Buffer, Buffer>;
  /** About how many bytes it takes. */
  readonly size: number;
}

/** What a record takes beside its key, value and headers, at most. */
const overhead = 40;
const names = new Map<string, Buffer>();
const headerNames = new HeaderNames();

/** What is written: a record without a body tells a compacted topic to forget its key. */
export type Writable = Pick<WireMessage, "key" | "headers"> & { readonly body: Uint8Array | null };

export function toRecord({ key, headers, body }: Writable): WrittenRecord {
  const value = body === null ? null : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const keyBytes = key === undefined ? undefined : Buffer.from(key);
  let size = overhead + (value?.length ?? 0) + (keyBytes?.length ?? 0);
  const written = new Map<Buffer, Buffer>();
  for (const name in headers) {
    const [nameBytes, bytes] = [bytesOfName(name), Buffer.from(headers[name] as string)];
    size += nameBytes.length + bytes.length + 6;
    written.set(nameBytes, bytes);
  }
  return { key: keyBytes, value, headers: written, size };
}

/** The same few names stand in every message. */
function bytesOfName(name: string): Buffer {
  let bytes = names.get(name);
  if (bytes === undefined) {
    bytes = Buffer.from(name);
    if (names.size < 1_000) names.set(name, bytes);
  }
  return bytes;
}

/** A record as it came; its headers become text when somebody asks for them. */
export class KafkaWireMessage implements WireMessage {
  readonly key: string | undefined;
  readonly body: Uint8Array;
  readonly #given: KafkaRecord["headers"];
  readonly #at: bigint;
  #headers: Record<string, string> | undefined;

  constructor({ key, value, headers, timestampDelta }: KafkaRecord, firstTimestamp: bigint) {
    this.key = key === null ? undefined : textOf(key);
    this.body = value ?? new Uint8Array();
    this.#given = headers;
    this.#at = firstTimestamp + timestampDelta;
  }

  get headers(): Record<string, string> {
    if (this.#headers === undefined) {
      this.#headers = {};
      let place = 0;
      for (const [name, value] of this.#given)
        setHeader(
          this.#headers,
          name === null ? "" : headerNames.read(name, place++),
          value === null ? "" : textOf(value),
        );
    }
    return this.#headers;
  }

  get timestamp(): Date {
    return new Date(Number(this.#at));
  }
}

/** A message of a partition. */
export class KafkaReceivedMessage extends WireReceivedMessage {
  /** Whether a subscriber is at work on it. */
  isRunning = false;

  constructor(
    record: KafkaRecord,
    firstTimestamp: bigint,
    readonly offset: number,
    topic: string,
    /** The name of the partition that it lies in. */
    readonly partition: string,
    attempt: number,
    format: WireFormat,
  ) {
    super(new KafkaWireMessage(record, firstTimestamp), topic, attempt, format, kafkaBinding);
  }

  /** How many tries have begun. */
  get tries(): number {
    return this.isRunning ? this.attempt : this.attempt - 1;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.prototype.toString.call(bytes, "utf8");
}
