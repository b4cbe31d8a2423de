import type { HttpHandlerOptions } from "./http-handler-options.js";

/** The options of an adapter that is mounted where its framework says, and whose hooks see the framework's request. */
export type AdapterOptions<Identity, Native> = Omit<HttpHandlerOptions<Identity, Native>, "basePath">;
