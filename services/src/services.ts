import { kafka } from "./kafka.js";
import { mariadb } from "./mariadb.js";
import { nats } from "./nats.js";
import { postgres } from "./postgres.js";
import { rabbitmq } from "./rabbitmq.js";
import { redis } from "./redis.js";
import type { Service } from "./service.js";

/** By the name that the command line gives them. */
export const services = { postgres, mariadb, kafka, rabbitmq, nats, redis } as const satisfies Readonly<
  Record<string, Service>
>;

export type ServiceName = keyof typeof services;

export const serviceNames = Object.keys(services) as readonly ServiceName[];
