/**
 * A whole number of 32 bits, with sign, that stands for the order a message belongs to: FNV-1a over the UTF-16 units of
 * its topic and its key; a message without a key is an order of its own. It is stored, so it never changes.
 * (http://www.isthe.com/chongo/tech/comp/fnv/)
 */
export function keyHash(topic: string, key: string): number {
  return fnv1a(key, fnv1a("\n", fnv1a(topic, 0x811c9dc5)));
}

/** The bucket of a hash: from 0 up, below the number of buckets. */
export function bucketOf(hash: number, buckets: number): number {
  // The low bits of FNV-1a are its weakest.
  return ((hash ^ (hash >>> 15)) >>> 0) % buckets;
}

function fnv1a(text: string, start: number): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash | 0;
}
