import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";

export type Members = Readonly<Record<string, unknown>>;

/** Turns a message that stands in another one from one form into the other. */
export type MapMessage = (schema: DescMessage, message: unknown) => unknown;

/** Copies what a message holds, and turns each message within it. What stands there beside its members is left out. */
export function mapMembers(schema: DescMessage, from: Members, mapMessage: MapMessage): Members {
  const to: Record<string, unknown> = {};
  for (const member of schema.members) {
    const { localName } = member;
    // What is inherited are the defaults of fields that are not set.
    const value = Object.hasOwn(from, localName) ? from[localName] : undefined;
    if (value === undefined) continue;
    if (member.kind === "field") to[localName] = mapField(member, value, mapMessage);
    else {
      const chosen = value as { readonly case?: string; readonly value?: unknown };
      const field = member.fields.find((each) => each.localName === chosen.case);
      to[localName] = field
        ? { case: chosen.case, value: mapField(field, chosen.value, mapMessage) }
        : { case: undefined };
    }
  }
  return to;
}

function mapField(field: DescField, value: unknown, mapMessage: MapMessage): unknown {
  const { message } = field;
  const mapOne = (one: unknown) =>
    message === undefined || isUnwrapped(field, message) ? copy(one) : mapMessage(message, one);
  if (field.fieldKind === "list") return (value as unknown[]).map(mapOne);
  if (field.fieldKind !== "map") return mapOne(value);
  return Object.fromEntries(Object.entries(value as Members).map(([key, one]) => [key, mapOne(one)]));
}

/** Whether a message stands in a field as what it wraps, which is no message. */
function isUnwrapped(field: DescField, message: DescMessage): boolean {
  if (message.typeName === "google.protobuf.Struct") return field.parent.typeName !== "google.protobuf.Value";
  return field.fieldKind === "message" && field.oneof === undefined && isWrapperDesc(message);
}

/** Bytes would else be a view of the whole message, and a Buffer where that is one. */
function copy(value: unknown): unknown {
  return value instanceof Uint8Array ? new Uint8Array(value) : value;
}
