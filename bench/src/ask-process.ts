import { fork } from "node:child_process";
import { once } from "node:events";

/** Runs a module in a process of its own, and gives the one message that it sends. */
export async function askProcess<Answer>(
  module: URL,
  args: readonly string[],
  execArgv: readonly string[],
): Promise<Answer> {
  const child = fork(module, args, { execArgv: [...execArgv] });
  const [answer] = await Promise.race([once(child, "message"), once(child, "exit")]);
  if (typeof answer === "object" && answer !== null) return answer as Answer;
  throw new Error(`Measuring ${args.join(" ")} ended with exit code ${answer}.`);
}
