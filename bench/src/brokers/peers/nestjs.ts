import "reflect-metadata";
import { Controller, Logger, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { Ctx, EventPattern, type MicroserviceOptions, Payload } from "@nestjs/microservices";
import type { AllSeen } from "../all-seen.js";

Logger.overrideLogger(["error", "warn"]);

/**
 * An application whose controller handles one pattern, until all are seen. Its transports for NATS and Redis deliver at most
 * once, and are not compared.
 */
export async function handleWithNestjs<Context>(
  options: MicroserviceOptions,
  pattern: string,
  seen: AllSeen,
  acknowledge: (context: Context) => void = () => {},
): Promise<void> {
  @Controller()
  class Orders {
    @EventPattern(pattern)
    onPlaced(@Payload() payload: object, @Ctx() context: unknown) {
      seen.see(payload);
      acknowledge(context as Context);
    }
  }

  @Module({ controllers: [Orders] })
  class Inventory {}

  const app = await NestFactory.createMicroservice<MicroserviceOptions>(Inventory, {
    ...options,
    logger: ["error", "warn"],
  });
  await app.listen();
  await seen.all;
  await app.close();
}
