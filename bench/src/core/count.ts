import { Command, StreamingRequestHandler } from "sluice";

/** What a plain stream is made of. */

export interface Item {
  readonly n: number;
}

export class Count extends Command<Item> {
  constructor(readonly items: number) {
    super();
  }
}

export class CountHandler extends StreamingRequestHandler<Count> {
  async *handle(command: Count) {
    for (let n = 0; n < command.items; n++) yield { n };
  }
}
