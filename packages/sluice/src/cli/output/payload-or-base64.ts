export type ShownPayload = { readonly payload: unknown } | { readonly payloadBase64: string };

/** A payload for programs: as JSON where it can be read, else the bytes. */
export function payloadOrBase64(body: Uint8Array, read: () => unknown): ShownPayload {
  try {
    return { payload: read() };
  } catch {
    // Nobody here can read it, or it only says that it is what it says: the bytes are shown.
    return { payloadBase64: Buffer.from(body).toString("base64") };
  }
}
