export type { NodeRequest } from "./node-request.js";
export type { NodeResponse } from "./node-response.js";
export { toNodeListener } from "./to-node-listener.js";
export { toWebRequest, type WebRequestOptions } from "./to-web-request.js";
export { writeResponse } from "./write-response.js";
