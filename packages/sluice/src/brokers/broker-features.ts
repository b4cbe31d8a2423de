/** What a broker can do, of what not every broker can. */
export interface BrokerFeatures {
  /** Subscribers without a group each receive every message that is published from then on. */
  readonly fanOut: boolean;
  /** Each message goes to one member of each group, and stays for a group whose members are away. */
  readonly consumerGroups: boolean;
  /**
   * Messages with the same key are handled one after another, in the order of publishing: in the whole `"group"`, or only
   * by each `"member"`, where several may have a key's messages at the same moment.
   */
  readonly orderPerKey: "group" | "member" | false;
  /** One member of a group works at a time; the others stand by for when it leaves. @default false */
  readonly standby?: boolean | undefined;
  /** A message that waits for another try waits at the broker, where the order does not matter, not in this process. */
  readonly delay: boolean;
  /** The broker counts tries, so that `attempt` is right after a member was killed. */
  readonly countsAttempts: boolean;
  /** A new group can begin with what was published before: `startAt`. */
  readonly replay: boolean;
  /** Publishing a message again, soon and under the same id, leaves one. */
  readonly deduplication: boolean;
  /**
   * Messages reach the subscribers of the very instance that published them, and no other: a broker within the
   * process. Its `close()` waits until they are handled.
   */
  readonly singleInstance: boolean;
}
