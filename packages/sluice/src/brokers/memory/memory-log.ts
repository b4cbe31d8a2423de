import type { Message } from "../message.js";
import { WireReceivedMessage } from "../received-message.js";
import type { StartAt } from "../subscribe-options.js";
import type { WireBinding, WireFormat, WireMessage } from "../wire-format.js";
import { MemoryGroup } from "./memory-group.js";

/** There is no binding of CloudEvents within a process; NATS has the same prefix. */
const memoryBinding: WireBinding = { prefix: "ce-" };

interface Entry {
  readonly topic: string;
  readonly wire: WireMessage & { readonly timestamp: Date };
}

/** All that was published to any topic, and the groups that it is for. */
export class MemoryLog {
  readonly #format: WireFormat;
  readonly #entries: Entry[] = [];
  readonly #groups = new Set<{
    readonly topic: string;
    readonly name: string | undefined;
    readonly group: MemoryGroup;
  }>();

  constructor(format: WireFormat) {
    this.#format = format;
  }

  write(message: Message): WireMessage {
    return this.#format.write(message, memoryBinding);
  }

  /** Gives what a subscriber is given of it. */
  append(topic: string, given: WireMessage): WireReceivedMessage {
    const wire = { ...given, body: given.body.slice(), timestamp: new Date() };
    this.#entries.push({ topic, wire });
    for (const each of this.#groups) if (each.topic === topic) each.group.add(this.received(topic, wire));
    return this.received(topic, wire);
  }

  /** The group of this name at a topic; a new one begins at `startAt`, and so does each without a name. */
  group(topic: string, name: string | undefined, startAt: StartAt): MemoryGroup {
    const known = [...this.#groups].find(
      (each) => name !== undefined && each.name === name && each.topic === topic,
    );
    if (known !== undefined) return known.group;
    const group = new MemoryGroup();
    for (const { topic: of, wire } of this.#entries) {
      if (of === topic && isDue(wire.timestamp, startAt)) group.add(this.received(topic, wire));
    }
    this.#groups.add({ topic, name, group });
    return group;
  }

  /** A group without a name ends with its subscriber. */
  leave(group: MemoryGroup): void {
    for (const each of this.#groups)
      if (each.group === group && each.name === undefined) this.#groups.delete(each);
  }

  /** What one subscriber is given of it: whoever changes that spoils nothing for the others. */
  received(topic: string, wire: WireMessage, attempt = 1): WireReceivedMessage {
    return new WireReceivedMessage(
      { ...wire, body: wire.body.slice() },
      topic,
      attempt,
      this.#format,
      memoryBinding,
    );
  }
}

function isDue(at: Date, startAt: StartAt): boolean {
  return startAt === "earliest" || (startAt !== "latest" && at >= startAt);
}
