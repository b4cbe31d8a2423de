export { type ExpressSluiceOptions, expressSluice } from "./express-sluice.js";
