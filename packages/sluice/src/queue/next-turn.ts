/** Resolves when timers, sockets and signals have had their turn. */
export function nextTurn(): Promise<void> {
  // What Node, Deno and Bun have, and browsers do not.
  const { setImmediate } = globalThis as { readonly setImmediate?: (callback: () => void) => void };
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
