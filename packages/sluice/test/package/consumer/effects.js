// Imports each entry point and prints what that changed in the process.
import process from "node:process";

const watched = () => ({
  globals: Reflect.ownKeys(globalThis).map(String),
  builtins: [Object, Function, Array, Promise, Error, Symbol, AbortSignal, process].map((object) => [
    Reflect.ownKeys(object).map(String),
    Reflect.ownKeys(object.prototype ?? {}).map(String),
  ]),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  environment: { ...process.env },
  resources: process.getActiveResourcesInfo(),
  stackTraceLimit: Error.stackTraceLimit,
});

const before = JSON.stringify(watched());
for (const entry of process.argv.slice(2)) await import(entry);
console.log(JSON.stringify(watched()) === before ? "nothing" : JSON.stringify(watched()));
