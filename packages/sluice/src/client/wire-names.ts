import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Exposed } from "../http/exposed.js";
import type { Class } from "../messages/class.js";
import { type EncodedMessage, MessageRegistry } from "../messages/message-registry.js";
import { isRequest, type Request } from "../messages/request.js";

/** Writes requests under their names on the wire: the one that was given to the class, else the name of the class. */
export class WireNames {
  readonly #registry = new MessageRegistry();
  readonly #known = new Set<unknown>();

  constructor(messages: readonly Exposed[]) {
    for (const exposed of messages) {
      const type = typeof exposed === "function" ? exposed : exposed?.message;
      if (typeof type !== "function" || !isRequest(type.prototype)) {
        throw new InvalidOptionError("messages", exposed, "request classes, or { name, message } with one");
      }
      this.#register(exposed.name, type);
    }
  }

  encode(request: Request<unknown>): EncodedMessage {
    const type: Class<Request<unknown>> = Object.getPrototypeOf(request).constructor;
    if (!this.#known.has(type)) this.#register(type.name, type);
    return this.#registry.encode(request);
  }

  #register(name: string, type: Class<Request<unknown>>): void {
    if (name === "") {
      const advice = "Give it one: { messages: [{ name, message }] }.";
      throw new InvalidOptionError("messages name", type, "a class with a name", advice);
    }
    this.#registry.register(name, type);
    this.#known.add(type);
  }
}
