import { bootstrap, Command, RequestHandler } from "sluice";
import { makeMediatrTs } from "../peers/mediatr-ts.js";
import { makeNestjs } from "../peers/nestjs-cqrs.js";
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

const same = (n: number) => n;

type Once = (n: number) => Promise<number>;

/** All sides go through this one loop, so that none is inlined into it. */
function repeat(once: Once): Side {
  return async () => {
    let sum = 0;
    for (let n = 0; n < steps; n++) sum += await once(n);
    return sum;
  };
}

/**
 * Every side is an async function that awaits the answer, as callers are. The bare promise of the same call is shown
 * beside it: there is less around it, so that the same cost is a larger ratio. Whoever waits for events must hear of
 * the answer before the caller does, which takes one `then` at least.
 */
export async function makeSend(): Promise<Work> {
  const handler = new RenameHandler();
  const mediator = bootstrap({ commandsMapper: (map) => map.bind(Rename, RenameHandler) });
  const sendByNestjs = await makeNestjs();
  const sendByMediatrTs = makeMediatrTs();
  return {
    name: "send, class handler",
    steps,
    sides: {
      "direct call": repeat(async (n) => await handler.handle(new Rename(n))),
      sluice: repeat(async (n) => await mediator.send(new Rename(n))),
      "direct call and one then": repeat(async (n) => await handler.handle(new Rename(n)).then(same)),
      "@nestjs/cqrs": repeat(async (n) => await sendByNestjs(n)),
      "mediatr-ts": repeat(async (n) => await sendByMediatrTs(n)),
      "direct call, bare": repeat((n) => handler.handle(new Rename(n))),
      "sluice, bare": repeat((n) => mediator.send(new Rename(n))),
      "@nestjs/cqrs, bare": repeat(sendByNestjs),
    },
    comparisons: [
      { side: "sluice", against: "direct call", goal: 1.5 },
      { side: "direct call and one then", against: "direct call" },
      { side: "@nestjs/cqrs", against: "direct call" },
      { side: "mediatr-ts", against: "direct call" },
      { side: "sluice, bare", against: "direct call, bare" },
      { side: "@nestjs/cqrs, bare", against: "direct call, bare" },
    ],
  };
}
