import type { DeadLetterQueue } from "../brokers/dead-letter-queue.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import { defaultDeadLetterQueue } from "../consumers/default-dead-letter-queue.js";
import { ConfigError } from "./cli-errors.js";
import { neededSetting } from "./needed-setting.js";
import { withConfig } from "./open-source.js";

/** Which dead letters: those of a queue, or of a consumer group that has no other queue; one of both is given. */
export interface DeadLetterSource {
  readonly queue?: string | undefined;
  readonly group?: string | undefined;
  readonly config?: string | undefined;
}

export interface OpenDeadLetters {
  /** The name of the queue. */
  readonly name: string;
  readonly queue: DeadLetterQueue;
  readonly broker: MessageBroker;
  /** The config that the broker is from, as messages name it. */
  readonly file: string;
}

/** Works with the dead letters that the broker of the config keeps; closes the broker and the config. */
export async function withDeadLetters<T>(
  { queue, group = "", config }: DeadLetterSource,
  use: (opened: OpenDeadLetters) => Promise<T>,
): Promise<T> {
  return withConfig(config, "", async (loaded) => {
    const { file } = loaded;
    const broker = await neededSetting(loaded, "broker", "sluice dead-letters");
    try {
      if (broker.deadLetterQueue === undefined)
        throw new ConfigError(
          `The broker of ${file} keeps no dead letters: it has no deadLetterQueue(). Look where the deadLetter of your consumers puts them.`,
        );
      const name = queue ?? defaultDeadLetterQueue(group);
      return await use({ name, queue: await broker.deadLetterQueue(name), broker, file });
    } finally {
      await broker.close();
    }
  });
}
