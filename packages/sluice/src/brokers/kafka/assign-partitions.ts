import type { KafkaAssigner } from "./kafka-client.js";

/**
 * Lets an assigner of the driver divide the topics of all members. The driver gives it those of the member that leads the
 * group: one that has subscribed to others would have none of their partitions, without a word.
 */
export function assignAllTopics(assigner: KafkaAssigner): KafkaAssigner {
  return (leader, members, _topicsOfLeader, metadata) => {
    const topics = [...members.values()].flatMap((member) => member.topics ?? []);
    return assigner(leader, members, new Set(topics), metadata);
  };
}
