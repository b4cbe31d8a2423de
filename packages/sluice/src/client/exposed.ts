import type { Class } from "../messages/class.js";
import type { Request } from "../messages/request.js";

type ExposedClass = Class<Request<unknown>>;
/** Stand-in until ../http/exposed.ts is there. */
export type Exposed = ExposedClass | { readonly name: string; readonly message: ExposedClass };
