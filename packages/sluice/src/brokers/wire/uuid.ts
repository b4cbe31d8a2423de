const digits = /^[\da-f]{32}$/;
const groups = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A UUID, with dashes or without, as all others write it; `undefined` where it is none. */
export function canonicalUuid(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (groups.test(lower)) return lower;
  if (!digits.test(lower)) return undefined;
  return [
    lower.slice(0, 8),
    lower.slice(8, 12),
    lower.slice(12, 16),
    lower.slice(16, 20),
    lower.slice(20),
  ].join("-");
}
