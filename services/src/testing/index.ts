export { describeWith } from "./describe-with.js";
export { itWith } from "./it-with.js";
