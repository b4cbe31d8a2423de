const { bootstrap, Query, SluiceError } = require("sluice");

class Add extends Query {
  constructor(a, b) {
    super();
    this.a = a;
    this.b = b;
  }
}

const mediator = bootstrap({ queriesMapper: (map) => map.bind(Add, ({ a, b }) => a + b) });

async function main() {
  console.log(await mediator.send(new Add(1, 2)));
  await mediator.send({}).catch((error) => console.log(error instanceof SluiceError, error.code));
  console.log((await import("sluice")).Query === Query);
}

void main();
