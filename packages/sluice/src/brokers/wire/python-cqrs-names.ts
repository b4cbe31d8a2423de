export const pythonCqrsName = "python-cqrs";

/** The headers that python-cqrs sends beside the bytes of a codec such as protobuf, and only there. */
export const codecHeaders = { name: "event_name", id: "message_id" } as const;
