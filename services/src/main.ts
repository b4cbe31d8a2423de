import { runCommandLine } from "./command-line.js";

try {
  await runCommandLine(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
