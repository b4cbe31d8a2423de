import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { Command, CommandBus, CommandHandler, CqrsModule, type ICommandHandler } from "@nestjs/cqrs";

class Rename extends Command<number> {
  constructor(readonly n: number) {
    super();
  }
}

@CommandHandler(Rename)
class RenameHandler implements ICommandHandler<Rename> {
  async execute(command: Rename) {
    return command.n;
  }
}

@Module({ imports: [CqrsModule.forRoot()], providers: [RenameHandler] })
class RenameModule {}

/** An application of one module, as its documentation sets one up, without an HTTP server. */
export async function makeNestjs(): Promise<(n: number) => Promise<number>> {
  const context = await NestFactory.createApplicationContext(RenameModule, { logger: ["error"] });
  const bus = context.get(CommandBus);
  return (n) => bus.execute(new Rename(n));
}
