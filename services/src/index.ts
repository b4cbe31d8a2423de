export { mariadb } from "./mariadb.js";
export { postgres } from "./postgres.js";
export { type Installed, notHere } from "./program.js";
export { programs } from "./programs.js";
export type { RunningServer, Service, StartOptions } from "./service.js";
