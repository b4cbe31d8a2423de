/** What a container's adapter is told to do when it closes a scope. */
export interface ScopeHook<Scope> {
  /**
   * Runs when a scope is closed, before its instances are disposed: the moment for a unit of work to commit, or with
   * an error to roll back. `scope` is the library's own. When it rejects, so does the dispatch; after an error, that
   * error is what the caller sees.
   */
  readonly onScopeClose?: ((scope: Scope, error: unknown) => unknown) | undefined;
}

/** Runs the hook, then disposes of the scope in any case; rejects with what failed. */
export async function closeWithHook<Scope>(
  { onScopeClose }: ScopeHook<Scope>,
  scope: Scope,
  error: unknown,
  dispose: () => unknown,
): Promise<void> {
  // A scope is closed for every handler, and most have no hook.
  if (onScopeClose === undefined) return void (await dispose());
  const failures: unknown[] = [];
  for (const step of [() => onScopeClose(scope, error), dispose]) {
    try {
      await step();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 1)
    throw new AggregateError(failures, "A scope could neither be closed nor disposed.");
  if (failures.length > 0) throw failures[0];
}
