import { WireReceivedMessage } from "../received-message.js";
import type { WireFormat } from "../wire-format.js";
import { redisBinding, wireOf } from "./redis-wire.js";

export interface RedisStream {
  readonly topic: string;
  readonly key: string;
}

/** An entry of a stream as Redis gives it: its id, then fields and values. */
export type RedisEntry = readonly [id: Uint8Array, fields: readonly Uint8Array[]];

/** A message as a subscriber holds it. */
export class RedisMessage extends WireReceivedMessage {
  readonly stream: string;
  readonly entryId: string;
  /** Which try the next one is, where the message was given up. */
  next: number | undefined;
  /** The try that Redis knows of. */
  counted: number;
  /** Whether another member has it by now, because this one said nothing for too long. */
  isTaken = false;

  constructor({ topic, key }: RedisStream, [id, fields]: RedisEntry, attempt: number, format: WireFormat) {
    const entryId = `${id}`;
    super(wireOf(entryId, fields), topic, attempt, format, redisBinding);
    this.stream = key;
    this.entryId = entryId;
    this.counted = attempt;
  }
}
