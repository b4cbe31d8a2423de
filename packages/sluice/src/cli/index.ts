export { ConfigError, DriverMissingError } from "./cli-errors.js";
export { defineConfig, type Lazy, type SluiceConfig } from "./config.js";
