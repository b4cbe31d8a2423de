import { describe } from "../errors/describe.js";

/** The longest id, name, topic or key, in characters: what every store can index. */
const longestName = 500;

/** What is wrong with a text that a store keeps beside a message; `undefined`: nothing. */
export function nameProblem(field: string, text: string, longest = longestName): string | undefined {
  if (text.includes("\0"))
    return `its ${field} is ${describe(text)}, with a NUL, which no store and few brokers take.`;
  if (text.length <= longest) return undefined;
  return `its ${field} has ${text.length} characters, and ${longest} are the most. Shorten it, or take a hash.`;
}
