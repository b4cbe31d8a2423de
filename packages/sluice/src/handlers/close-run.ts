import type { Failure } from "./close-scope.js";
import type { HandlerRun } from "./handler-run.js";

/** Ends a dispatch by its handler's run: the run's scope closes, then the dispatch's; rejects when that fails and no failure led here. */
export async function closeRun(run: HandlerRun, failure: Failure | undefined): Promise<void> {
  const { dispatch } = run;
  try {
    await run.close(failure);
    await dispatch.closeUnit(failure);
  } catch (error) {
    await dispatch.closeUnit({ error });
    throw error;
  } finally {
    dispatch.leave();
  }
}
