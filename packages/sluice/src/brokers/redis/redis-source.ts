import type { OnSettled } from "../delivery.js";
import type { RedisMessage } from "./redis-message.js";

/** Where a subscription has its messages from. */
export interface RedisSource {
  /** Makes what the subscription stands on: what is published after it reaches it. */
  prepare(): Promise<void>;
  /** Called each time the connection stands anew, before anything is read over it. */
  connected(room: number): Promise<readonly RedisMessage[]>;
  /** Waits a little for messages, and gives `room` of them at most. */
  read(room: number): Promise<readonly RedisMessage[]>;
  /** Whether the message may be handled still. */
  begin(message: RedisMessage): boolean;
  settle(message: RedisMessage, ...outcome: Parameters<OnSettled>): void;
  /** Ends a read that waits. */
  interrupt(): void;
  /** Called when nothing is under way any more. */
  leave(waitMs: number): Promise<void>;
}
