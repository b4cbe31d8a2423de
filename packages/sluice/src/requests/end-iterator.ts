import { YieldAfterReturnError } from "./stream-errors.js";

/**
 * Returns a handler's generator, so that its `finally` runs; resolves when it has ended.
 *
 * @throws {YieldAfterReturnError} it yields instead; it was told a second time then.
 */
export async function endIterator(
  iterator: AsyncIterator<unknown, unknown, unknown>,
  handler: string,
): Promise<void> {
  if (iterator.return === undefined) return;
  const result = await iterator.return();
  if (result?.done !== false) return;
  await iterator.return();
  throw new YieldAfterReturnError(handler);
}
