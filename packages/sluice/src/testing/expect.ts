/** Fails a case of a conformance suite. */
export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

/** Compares what JSON can hold, dates among it. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [given, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  expect(given === wanted, `${what}: expected ${shorten(wanted)}, got ${shorten(given)}.`);
}

/** What a promise is rejected with. */
export async function expectRejection(promise: PromiseLike<unknown>, otherwise: string): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error(otherwise);
}

/** Waits, but not for ever. */
export async function within<T>(ms: number, promise: Promise<T>, otherwise: () => string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise()} (${ms} ms)`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function shorten(text: string | undefined): string {
  return text === undefined ? "undefined" : text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
