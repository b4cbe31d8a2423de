export { type FastifySluiceOptions, fastifySluice } from "./fastify-sluice.js";
