import type { HttpHandlerOptions } from "../http/http-handler-options.js";
import type { HttpFeatures } from "./http-conformance-options.js";
import type { HttpTestBed } from "./http-test-bed.js";

export interface HttpCase {
  readonly title: string;
  /** The feature without which it is left out. */
  readonly needs?: keyof HttpFeatures;
  /** Options of the server beside what it exposes. */
  readonly options?: HttpHandlerOptions<unknown>;
  readonly body: (bed: HttpTestBed) => Promise<void>;
}
