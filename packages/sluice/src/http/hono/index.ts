export { type HonoSluiceOptions, honoSluice } from "./hono-sluice.js";
