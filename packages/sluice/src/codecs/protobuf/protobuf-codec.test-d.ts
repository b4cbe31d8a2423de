import { expectTypeOf, it } from "vitest";
import { LineSchema, type OrderPlacedSchema } from "../../../test/codecs/shop-pb.fixture.js";
import { Command } from "../../messages/command.js";
import { MessageRegistry } from "../../messages/message-registry.js";
import { NotificationEvent } from "../../messages/notification-event.js";
import { protobufCodec } from "./protobuf-codec.js";
import type { ProtobufFields } from "./protobuf-fields.js";

class AddLine extends Command<number> {
  constructor(
    readonly article: string,
    readonly count: number,
  ) {
    super();
  }

  describe(): string {
    return this.article;
  }
}

class Priced extends Command {
  readonly article: string = "";
  readonly price: bigint = 1n;
}

class LineAdded extends NotificationEvent<{ readonly article: string; readonly count: number }> {}

it("a class is registered with the codec of a schema that has its fields", () => {
  const codec = protobufCodec(LineSchema);
  new MessageRegistry().register("a", AddLine, { codec }).register("b", LineAdded, { codec });
  // @ts-expect-error: the schema has no price
  new MessageRegistry().register("c", Priced, { codec });
  const mapped = protobufCodec(LineSchema, {
    write: ({ article, price }: { article: string; price: bigint }) => ({ article, count: Number(price) }),
    read: ({ article, count }) => ({ article, price: BigInt(count) }),
  });
  new MessageRegistry().register("c", Priced, { codec: mapped });
});

it("fields are plain, with a Date for a Timestamp", () => {
  expectTypeOf<ProtobufFields<typeof LineSchema>>().toEqualTypeOf<{ article: string; count: number }>();
  expectTypeOf<ProtobufFields<typeof OrderPlacedSchema>>()
    .toHaveProperty("placedAt")
    .toEqualTypeOf<Date | undefined>();
  expectTypeOf<ProtobufFields<typeof OrderPlacedSchema>["totalCents"]>().toEqualTypeOf<bigint>();
});
