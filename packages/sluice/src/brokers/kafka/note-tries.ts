import type { SubscribeSettings } from "../subscribe-options.js";
import type { KafkaReceivedMessage } from "./kafka-wire.js";

type OnMessage = SubscribeSettings["onMessage"];

/**
 * Notes of each message whether a subscriber is at work on it, so that its tries are known when it is given up. `onBegun`
 * is told of those that are not done at once.
 */
export function noteTries(onMessage: OnMessage, onBegun: (message: KafkaReceivedMessage) => void): OnMessage {
  return (given, signal) => {
    const message = given as KafkaReceivedMessage;
    message.isRunning = true;
    let answer: unknown;
    try {
      answer = onMessage(message, signal);
    } catch (error) {
      message.isRunning = false;
      throw error;
    }
    if (typeof (answer as PromiseLike<unknown> | undefined)?.then !== "function") {
      message.isRunning = false;
      return answer;
    }
    onBegun(message);
    return (answer as PromiseLike<unknown>).then(
      (value) => {
        message.isRunning = false;
        return value;
      },
      (error) => {
        message.isRunning = false;
        throw error;
      },
    );
  };
}
