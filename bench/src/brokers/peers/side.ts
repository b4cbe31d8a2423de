import type { Message } from "sluice";
import type { AllSeen } from "../all-seen.js";

/** A library over one kind of broker, as its users write with it, acknowledged where it can be. */
export interface Side {
  /** For people. */
  readonly name: string;
  /** What has to be there before the first message is published. */
  create?(topic: string): Promise<unknown>;
  openPublisher(topic: string): Promise<Publisher>;
  /** Handles and acknowledges all messages, and ends. */
  consume(topic: string, seen: AllSeen): Promise<void>;
}

export interface Publisher extends AsyncDisposable {
  /** Resolves when the broker has it for good, unless the side says otherwise. */
  publish(message: Message): Promise<unknown>;
  /** Where a call may take several. */
  publishBatch?(batch: readonly Message[]): Promise<unknown>;
}
