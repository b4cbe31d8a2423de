// One program for every runtime: it uses web standards and the core only, and prints where it
// ran and "ok" when all of it holds.
import { bootstrap, Command, DomainEvent, Query, SluiceError } from "sluice";

function equal(actual, expected) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`got ${a}, expected ${b}`);
}

async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

class FileProcessed extends DomainEvent {
  constructor(fileId) {
    super();
    this.fileId = fileId;
  }
}

class FileCounted extends DomainEvent {}

class ProcessFiles extends Command {
  constructor(fileIds) {
    super();
    this.fileIds = fileIds;
  }
}

class CountFiles extends Query {}
class CountFilesTwice extends Query {}
class Unbound extends Query {}
class WaitForever extends Command {}

// Where the runtime has it, any reference to the mediator knows who sends; in a browser the context's does.
const hasAsyncLocalStorage = globalThis.process?.getBuiltinModule?.("node:async_hooks") !== undefined;

const log = [];
let handled = 0;
const stuck = Promise.withResolvers();

const mediator = bootstrap({
  maxConcurrentEventHandlers: 1,
  commandsMapper: (map) =>
    map
      .bind(ProcessFiles, async function* ({ fileIds }, { emit, signal }) {
        try {
          for (const fileId of fileIds) {
            emit(new FileProcessed(fileId));
            yield fileId;
          }
        } finally {
          log.push(signal.aborted ? "stopped" : "finished");
        }
      })
      .bind(WaitForever, async function* () {
        yield "started";
        await stuck.promise;
      }),
  queriesMapper: (map) =>
    map
      .bind(CountFiles, () => handled)
      .bind(CountFilesTwice, async (_query, context) => 2 * (await context.mediator.send(new CountFiles()))),
  domainEventsMapper: (map) =>
    map
      .bind(FileProcessed, async ({ fileId }, context) => {
        if (fileId === "bad") throw new TypeError("a bad file");
        // What it sends while it holds the only slot must not wait for that slot.
        equal(await context.mediator.send(new CountFilesTwice()), 2 * handled);
        await (hasAsyncLocalStorage ? mediator : context.mediator).publish(new FileCounted());
        handled++;
        log.push(`handled ${fileId}`);
      })
      .bind(FileCounted, () => log.push("counted")),
});

// An item leaves after its events are handled.
for await (const fileId of mediator.stream(new ProcessFiles(["1", "2"]))) log.push(`got ${fileId}`);
equal(log.splice(0), ["counted", "handled 1", "got 1", "counted", "handled 2", "got 2", "finished"]);

// break ends the handler before the loop is left.
for await (const fileId of mediator.stream(new ProcessFiles(["3", "4"]))) {
  log.push(`got ${fileId}`);
  break;
}
equal(log.splice(0), ["counted", "handled 3", "got 3", "stopped"]);

// So does leaving the block of a stream.
{
  const stream = mediator.stream(new ProcessFiles(["5"]));
  equal((await stream.next()).value, "5");
  await stream[Symbol.asyncDispose]();
  equal(log.splice(0), ["counted", "handled 5", "stopped"]);
}

// An outside signal rejects a pending next() with its very reason, even when the handler is stuck.
{
  const controller = new AbortController();
  const stream = mediator.stream(new WaitForever(), { signal: controller.signal });
  equal((await stream.next()).value, "started");
  const pending = rejection(stream.next());
  const reason = new Error("enough");
  controller.abort(reason);
  equal((await pending) === reason, true);
  stuck.resolve();
  await stream.return();
}

// Errors are the library's own, each with a code.
const missing = await rejection(mediator.send(new Unbound()));
equal([missing instanceof SluiceError, missing.code], [true, "SLUICE_NO_HANDLER"]);
const failed = await rejection(Array.fromAsync(mediator.stream(new ProcessFiles(["bad"]))));
equal([failed instanceof SluiceError, failed.code], [true, "SLUICE_EVENT_HANDLING"]);
equal([failed.response, failed.errors[0] instanceof TypeError], ["bad", true]);
log.splice(0);

// With read-ahead the order stays.
equal(await Array.fromAsync(mediator.stream(new ProcessFiles(["6", "7", "8"]), { readAhead: 2 })), [
  "6",
  "7",
  "8",
]);

await mediator.close();
equal((await rejection(mediator.send(new CountFiles()))).code, "SLUICE_MEDIATOR_CLOSED");
console.log(navigator.userAgent);
console.log(`AsyncLocalStorage: ${hasAsyncLocalStorage}`);
console.log("ok");
