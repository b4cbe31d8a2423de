import { Mediator, RequestData, requestHandler } from "mediatr-ts";

class Rename extends RequestData<number> {
  constructor(readonly n: number) {
    super();
  }
}

@requestHandler(Rename)
// biome-ignore lint/correctness/noUnusedVariables: the decorator registers it
class RenameHandler {
  async handle(command: Rename) {
    return command.n;
  }
}

export function makeMediatrTs(): (n: number) => Promise<number> {
  const mediator = new Mediator();
  return (n) => mediator.send<number>(new Rename(n));
}
