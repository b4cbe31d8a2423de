/**
 * Hands on what comes, and what `look` sees: first of all, then every so many milliseconds, also while nothing comes,
 * and once more at the end. What comes is asked for one at a time, when it is wanted.
 */
export async function* withLooks<T, S>(
  items: AsyncIterable<T>,
  look: () => S,
  everyMs: number,
): AsyncGenerator<T | S> {
  const iterator = items[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  const tick = () => {
    return new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, everyMs, undefined);
    });
  };
  try {
    yield look();
    let nextLook = tick();
    for (let next = iterator.next(); ; ) {
      const result = await Promise.race([nextLook, next]);
      if (result === undefined) {
        yield look();
        nextLook = tick();
        continue;
      }
      if (result.done) return yield look();
      yield result.value;
      next = iterator.next();
      next.catch(() => {}); // an error waits for its turn
    }
  } finally {
    clearTimeout(timer);
    await iterator.return?.();
  }
}
