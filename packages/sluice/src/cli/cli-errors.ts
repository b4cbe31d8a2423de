import { SluiceError } from "../errors/sluice-error.js";

/** The config of the `sluice` command is missing, cannot be loaded, or lacks what was asked for. */
export class ConfigError extends SluiceError {
  readonly code = "SLUICE_CONFIG";
}

/** The project in whose folder the `sluice` command runs has no driver for a database. */
export class DriverMissingError extends SluiceError {
  readonly code = "SLUICE_DRIVER_MISSING";

  constructor(
    /** Any of these packages would do. */
    readonly packages: readonly string[],
    database: string,
  ) {
    super(
      `${database} needs the package ${packages.join(" or ")}, which is not installed here. Run: npm install ${packages[0]}`,
    );
  }
}
