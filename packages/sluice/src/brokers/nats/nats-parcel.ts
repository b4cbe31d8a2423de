import type { NatsHeaderBlock } from "./nats-wire.js";

/** A message that is ready to be sent. */
export interface NatsParcel {
  readonly id: string;
  readonly topic: string;
  readonly key: string | undefined;
  readonly headers: NatsHeaderBlock;
  readonly body: Uint8Array;
}
