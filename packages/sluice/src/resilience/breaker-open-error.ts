import { SluiceError } from "../errors/sluice-error.js";

/** A breaker is trying whether the operation works again, and lets nothing else run meanwhile. */
export class BreakerOpenError extends SluiceError {
  readonly code = "SLUICE_BREAKER_OPEN";

  constructor() {
    super("The circuit breaker is trying whether the operation works again, and runs no other meanwhile.");
  }
}
