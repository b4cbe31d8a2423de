/**
 * The partition of a key, as the clients of other languages find it (murmur2), so that a key's messages lie in one
 * partition whoever published them.
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

const mix = 0x5bd1e995;

/** The hash that Kafka's own clients use, in signed 32-bit numbers. */
function murmur2(data: Uint8Array): number {
  const { length } = data;
  const at = (index: number) => data[index] as number;
  let hash = 0x9747b28c ^ length;
  let index = 0;
  for (; length - index >= 4; index += 4) {
    let word = at(index) | (at(index + 1) << 8) | (at(index + 2) << 16) | (at(index + 3) << 24);
    word = Math.imul(word, mix);
    word = Math.imul(word ^ (word >>> 24), mix);
    hash = Math.imul(hash, mix) ^ word;
  }
  const left = length - index;
  if (left >= 3) hash ^= at(index + 2) << 16;
  if (left >= 2) hash ^= at(index + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ at(index), mix);
  hash = Math.imul(hash ^ (hash >>> 13), mix);
  return hash ^ (hash >>> 15);
}
