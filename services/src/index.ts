export { mariadb } from "./mariadb.js";
export { postgres } from "./postgres.js";
export type { RunningServer, Service, StartOptions } from "./service.js";
