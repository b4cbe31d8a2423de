import {
  ChainedRequestHandler,
  Command,
  DomainEvent,
  EventHandler,
  NotificationEvent,
  Query,
  RequestHandler,
  StreamingRequestHandler,
} from "sluice";

export interface User {
  readonly name: string;
}

export class GetUser extends Query<User> {
  constructor(readonly userId: string) {
    super();
  }
}

/** As {@link GetUser} with one field more, and the same response. */
export class GetUserOfTenant extends Query<User> {
  constructor(
    readonly userId: string,
    readonly tenant: string,
  ) {
    super();
  }
}

/** As {@link GetUser}, with another response. */
export class GetUserAge extends Query<number> {
  constructor(readonly userId: string) {
    super();
  }
}

export class FindUser extends Query<User | undefined> {}

export class RenameUser extends Command {
  constructor(readonly name: string) {
    super();
  }
}

export interface ProcessedFile {
  readonly fileId: string;
  readonly status: string;
}

export class ProcessFiles extends Command<ProcessedFile> {
  constructor(readonly fileIds: readonly string[]) {
    super();
  }
}

export class FileProcessed extends DomainEvent {
  constructor(readonly fileId: string) {
    super();
  }
}

export class ImageProcessed extends FileProcessed {
  constructor(
    fileId: string,
    readonly width: number,
  ) {
    super(fileId);
  }
}

export class UserRenamed extends DomainEvent {
  constructor(readonly userId: string) {
    super();
  }
}

export class UserPublished extends NotificationEvent<{ userId: string }> {
  constructor(userId: string) {
    super({ eventName: "user.published", topic: "users", payload: { userId } });
  }
}

export class GetUserHandler extends RequestHandler<GetUser> {
  constructor(readonly users: ReadonlyMap<string, User>) {
    super();
  }

  async handle(query: GetUser) {
    return this.users.get(query.userId) ?? { name: "nobody" };
  }
}

export class GetUserOfTenantHandler extends RequestHandler<GetUserOfTenant> {
  async handle(query: GetUserOfTenant) {
    return { name: `${query.tenant}/${query.userId}` };
  }
}

export class GetUserAgeHandler extends RequestHandler<GetUserAge> {
  async handle(query: GetUserAge) {
    return query.userId.length;
  }
}

export class RenameUserHandler extends RequestHandler<RenameUser> {
  async handle(command: RenameUser) {
    this.emit(new UserRenamed(command.name));
  }
}

export class ProcessFilesHandler extends StreamingRequestHandler<ProcessFiles> {
  async *handle(command: ProcessFiles) {
    for (const fileId of command.fileIds) {
      this.emit(new FileProcessed(fileId));
      yield { fileId, status: "completed" };
    }
  }
}

export class GetUserFromCache extends ChainedRequestHandler<GetUser> {
  async handle(query: GetUser) {
    return query.userId === "1" ? { name: "one" } : this.next(query);
  }
}

export class WriteAuditLog extends EventHandler<FileProcessed> {
  async handle(event: FileProcessed) {
    return event.fileId;
  }
}
