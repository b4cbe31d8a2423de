import { type BootstrapOptions, bootstrap } from "sluice";
import { CountFilesHandler, CountProcessed, ProcessFilesHandler } from "./handlers.js";
import { CountFiles, FileProcessed, ProcessFiles } from "./messages.js";

export const bindings = {
  commandsMapper: (map) => map.bind(ProcessFiles, ProcessFilesHandler),
  queriesMapper: (map) => map.bind(CountFiles, CountFilesHandler),
  domainEventsMapper: (map) => map.bind(FileProcessed, CountProcessed),
} satisfies BootstrapOptions;

export const mediator = bootstrap(bindings);

/** What HTTP clients may call. */
export const exposed = { stream: [ProcessFiles], send: [CountFiles] };
