import { SluiceError } from "../errors/sluice-error.js";

/** The config of the `sluice` command is missing, cannot be loaded, or lacks what was asked for. */
export class ConfigError extends SluiceError {
  readonly code = "SLUICE_CONFIG";
}

/** The driver of a database is not installed where the `sluice` command runs. */
export class DriverMissingError extends SluiceError {
  readonly code = "SLUICE_DRIVER_MISSING";

  constructor(
    readonly driver: string,
    why: string,
  ) {
    super(`${why}, and the package ${driver} is not installed here. Run: npm install ${driver}`);
  }
}
