import { describe } from "./describe.js";
import { SluiceError } from "./sluice-error.js";

/** An option has a value outside its range: what it is called and what was given stand in its fields. */
export class InvalidOptionError extends SluiceError {
  readonly code = "SLUICE_INVALID_OPTION";

  constructor(
    readonly option: string,
    readonly given: unknown,
    readonly expected: string,
    advice = "",
  ) {
    super(`${option} is ${describe(given)}; expected ${expected}.${advice && ` ${advice}`}`);
  }
}
