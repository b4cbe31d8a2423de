#!/usr/bin/env node
import { exitCodes } from "./exit-code.js";
import { explain } from "./explain.js";
import { Terminal } from "./output/terminal.js";
import { runProgram } from "./program.js";

const terminal = new Terminal();
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  terminal.complain(`sluice needs Node 22.13 or later, and this is Node ${process.versions.node}.`);
  process.exit(exitCodes.failed);
}
const exitCode = await runProgram(process.argv.slice(2), terminal).catch((error: unknown) =>
  explain(error, terminal),
);
await terminal.flush();
// A config may hold on to connections that it does not close.
process.exit(exitCode);
