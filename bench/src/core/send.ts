import { bootstrap, Command, RequestHandler } from "sluice";
import { sendByMediatrTs } from "../peers/mediatr-ts.js";
import { sendByNestjs } from "../peers/nestjs-cqrs.js";
import type { Side, Work } from "../work.js";

class Rename extends Command<number> {
  constructor(readonly n: number) {
    super();
  }
}

class RenameHandler extends RequestHandler<Rename> {
  async handle(command: Rename) {
    return command.n;
  }
}

const steps = 1000;

/** All sides go through this one loop, so that none is inlined into it. */
function repeat(once: (n: number) => Promise<number>): Side {
  return async () => {
    let sum = 0;
    for (let n = 0; n < steps; n++) sum += await once(n);
    return sum;
  };
}

export async function makeSend(): Promise<Work> {
  const handler = new RenameHandler();
  const mediator = bootstrap({ commandsMapper: (map) => map.bind(Rename, RenameHandler) });
  return {
    name: "send, class handler",
    steps,
    sides: {
      "direct call": repeat((n) => handler.handle(new Rename(n))),
      sluice: repeat((n) => mediator.send(new Rename(n))),
      "@nestjs/cqrs": repeat(await sendByNestjs()),
      "mediatr-ts": repeat(sendByMediatrTs()),
    },
    comparisons: [
      { side: "sluice", against: "direct call", goal: 1.5 },
      { side: "@nestjs/cqrs", against: "direct call" },
      { side: "mediatr-ts", against: "direct call" },
    ],
  };
}
