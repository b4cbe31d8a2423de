import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { port, sayWhere } from "@sluice-examples/http-domain";
import { AppModule } from "./app-module.js";

const app = await NestFactory.create(AppModule, { logger: ["warn", "error"] });
app.enableShutdownHooks(); // open streams are cut, and their handlers end
await app.listen(port, "127.0.0.1");
sayWhere(await app.getUrl());
