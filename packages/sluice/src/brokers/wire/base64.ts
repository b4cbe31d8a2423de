const chunk = 8_192;

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  // A call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += chunk) {
    text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  }
  return btoa(text);
}

/** @returns `undefined` where it is no base64 */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    const decoded = atob(text);
    return Uint8Array.from({ length: decoded.length }, (_, at) => decoded.charCodeAt(at));
  } catch {
    return undefined;
  }
}
