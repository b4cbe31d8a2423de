import { describe, expectTypeOf, it } from "vitest";
import { Command } from "./command.js";
import type { Event } from "./event.js";
import { jsonCodec } from "./json-codec.js";
import type { NotRegisteredError, UndecodableError } from "./message-errors.js";
import { MessageRegistry } from "./message-registry.js";
import type { Request } from "./request.js";

class Rename extends Command<number> {
  constructor(readonly name: string) {
    super();
  }
}

describe("MessageRegistry", () => {
  it("registers classes of messages, chained", () => {
    expectTypeOf(
      new MessageRegistry().register("rename", Rename, { codec: jsonCodec }),
    ).toEqualTypeOf<MessageRegistry>();
    // @ts-expect-error: no class of messages
    new MessageRegistry().register("date", Date);
    // @ts-expect-error: an abstract class has no instances
    new MessageRegistry().register("command", Command);
    // @ts-expect-error: the name comes first
    new MessageRegistry().register(Rename);
    // @ts-expect-error: not a codec
    new MessageRegistry().register("rename", Rename, { codec: JSON });
  });

  it("decodes into a message or an error that keeps the bytes", () => {
    const result = new MessageRegistry().decode("rename", new Uint8Array());
    if (result.ok) expectTypeOf(result.message).toEqualTypeOf<Request<unknown> | Event>();
    else {
      expectTypeOf(result.error).toEqualTypeOf<NotRegisteredError | UndecodableError>();
      expectTypeOf(result.error.raw).toEqualTypeOf<Uint8Array | undefined>();
    }
    // @ts-expect-error: look at ok first
    result.message;
    // @ts-expect-error: bytes, not text
    new MessageRegistry().decode("rename", "{}");
    // @ts-expect-error: no message
    new MessageRegistry().encode({ name: "Ada" });
  });
});
