import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Exposed } from "../http/exposed.js";
import type { Class } from "../messages/class.js";
import { jsonCodec } from "../messages/json-codec.js";
import { DuplicateMessageNameError } from "../messages/message-errors.js";
import type { EncodedMessage } from "../messages/message-registry.js";
import { messageToJson } from "../messages/message-to-json.js";
import { refusing } from "../messages/refusing.js";
import { isRequest, type Request } from "../messages/request.js";

/**
 * Writes requests under their names on the wire: the one that was given to the class, else the name of the class. A page
 * reads none, so it needs no registry.
 */
export class WireNames {
  readonly #classes = new Map<string, Class<Request<unknown>>>();
  readonly #names = new Map<unknown, string>();

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
    if (!this.#names.has(type)) this.#register(type.name, type);
    const name = this.#names.get(type) as string;
    const bytes = refusing(type.name, request, () => messageToJson(type, request));
    return { name, contentType: jsonCodec.contentType, bytes };
  }

  #register(name: string, type: Class<Request<unknown>>): void {
    if (name === "") {
      const advice = "Give it one: { messages: [{ name, message }] }.";
      throw new InvalidOptionError("messages name", type, "a class with a name", advice);
    }
    const known = this.#names.get(type) ?? name;
    const taken = this.#classes.get(known);
    if (taken) throw new DuplicateMessageNameError(name, type.name, { name: known, messageClass: taken });
    this.#classes.set(name, type);
    this.#names.set(type, name);
  }
}
