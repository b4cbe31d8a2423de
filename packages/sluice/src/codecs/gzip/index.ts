export { type GzipOptions, gzip } from "./gzip.js";
