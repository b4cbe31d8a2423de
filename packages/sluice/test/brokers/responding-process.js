// A responder that streams three numbers, says so, and streams no more until it is killed.
import { bootstrap, Query } from "sluice";
import { MessageRegistry } from "sluice/messages";
import { startResponder } from "sluice/request-reply";

class CountTo extends Query {}

const [, , entryPoint, brokerClass, options, topic] = process.argv;
const { [brokerClass]: Broker } = await import(entryPoint);
const mediator = bootstrap({
  queriesMapper: (map) =>
    map.bind(CountTo, async function* () {
      yield* [1, 2, 3];
      console.log("told");
      await new Promise(() => {});
    }),
});
const registry = new MessageRegistry().register("count.to", CountTo);
const broker = new Broker(JSON.parse(options));
await startResponder({ broker, topic, group: topic, registry, mediator });
console.log("ready");
