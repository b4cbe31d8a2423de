import { describe } from "../errors/describe.js";
import { reasonOf } from "../errors/reason.js";
import { SluiceError } from "../errors/sluice-error.js";

/** Something was dispatched on a mediator that is closed, or is closing. */
export class MediatorClosedError extends SluiceError {
  readonly code = "SLUICE_MEDIATOR_CLOSED";
  constructor(readonly dispatched: object) {
    super(
      `The mediator is closed; ${describe(dispatched)} was not handled. Dispatch before close(), or make another mediator.`,
    );
  }
}

/** `onStartup` failed, so nothing can be dispatched; `cause` is what it threw. */
export class StartupError extends SluiceError {
  readonly code = "SLUICE_STARTUP_FAILED";
  constructor(cause: unknown) {
    super(`onStartup failed, so the mediator handles nothing: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** Scopes were asked for by name, and the container cannot open any (rule U4). */
export class ScopeUnsupportedError extends SluiceError {
  readonly code = "SLUICE_SCOPE_UNSUPPORTED";
  constructor(
    readonly scope: string,
    hasContainer: boolean,
  ) {
    super(
      `scope: "${scope}" needs a container that can open scopes, and ` +
        `${hasContainer ? "this one has no createScope()" : "no container was given"}. ` +
        'Give bootstrap a container with createScope(), or say scope: "none".',
    );
  }
}
