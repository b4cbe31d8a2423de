import type { DeadLetter } from "./dead-letter.js";
import { isJson, jsonOf } from "./json-body.js";
import { payloadOrBase64, type ShownPayload } from "./payload-or-base64.js";

/** A dead letter for programs: its fields, `null` where they are not known, and its payload. */
export function deadLetterJson(letter: DeadLetter): object {
  const { body: _, contentEncoding: __, headers, ...fields } = letter;
  const known = Object.entries(fields).map(([name, value]) => [name, value ?? null]);
  return { ...Object.fromEntries(known), headers, ...deadLetterPayload(letter) };
}

/** The payload as JSON, where it is any, else its bytes. */
export function deadLetterPayload({ contentType, contentEncoding, body }: DeadLetter): ShownPayload {
  return payloadOrBase64(body, () => {
    if (!isJson(contentType)) throw new TypeError("It is no JSON.");
    return jsonOf(body, contentEncoding);
  });
}
