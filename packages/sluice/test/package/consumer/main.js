import { bootstrapStreaming, Command } from "sluice";

class CountTo extends Command {
  constructor(last) {
    super();
    this.last = last;
  }
}

const mediator = bootstrapStreaming({
  commandsMapper: (map) =>
    map.bind(CountTo, async function* ({ last }) {
      for (let n = 1; n <= last; n++) yield n;
    }),
});

for await (const n of mediator.stream(new CountTo(3))) console.log(n);
