import type { Connection } from "rabbitmq-client";
import { expectTypeOf, it } from "vitest";
import type { RabbitMQConnection } from "./rabbitmq-client.js";

it("takes a Connection of rabbitmq-client as it is", () => {
  expectTypeOf<Connection>().toExtend<RabbitMQConnection>();
});
