import {
  bootstrap,
  Command,
  DomainEvent,
  type HandlerContext,
  Query,
  RequestHandler,
  StreamingRequestHandler,
} from "sluice";

interface User {
  readonly name: string;
}

class FindUser extends Query<User | undefined> {
  constructor(readonly userId: string) {
    super();
  }
}

class FindUserHandler extends RequestHandler<FindUser> {
  async handle(query: FindUser) {
    return query.userId === "1" ? { name: "Ada" } : undefined;
  }
}

class FileProcessed extends DomainEvent {
  constructor(readonly fileId: string) {
    super();
  }
}

class ProcessFiles extends Command<{ fileId: string; status: string }> {
  constructor(readonly fileIds: readonly string[]) {
    super();
  }
}

class ProcessFilesHandler extends StreamingRequestHandler<ProcessFiles> {
  async *handle(command: ProcessFiles, { signal }: HandlerContext) {
    for (const fileId of command.fileIds) {
      signal.throwIfAborted();
      this.emit(new FileProcessed(fileId));
      yield { fileId, status: "completed" };
    }
  }
}

const mediator = bootstrap({
  commandsMapper: (map) => map.bind(ProcessFiles, ProcessFilesHandler),
  queriesMapper: (map) => map.bind(FindUser, FindUserHandler),
  domainEventsMapper: (map) => map.bind(FileProcessed, (event) => console.log(`handled ${event.fileId}`)),
});

for await (const { fileId, status } of mediator.stream(new ProcessFiles(["1"]))) console.log(fileId, status);

await mediator[Symbol.asyncDispose]();

export async function wrong() {
  const user = await mediator.send(new FindUser("2"));
  // @ts-expect-error: there may be none
  user.name;
  // @ts-expect-error: a user is no number
  mediator.send(new FindUser("1")) satisfies Promise<number>;
}
