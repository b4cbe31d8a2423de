export { bindings, exposed, mediator } from "./bindings.js";
export { CountFilesHandler, CountProcessed, ProcessFilesHandler } from "./handlers.js";
export { CountFiles, FileProcessed, ProcessFiles } from "./messages.js";
export { port, sayWhere } from "./port.js";
