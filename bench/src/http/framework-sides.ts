import "reflect-metadata";
import type { RequestListener } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { expressSluice } from "sluice/http/express";
import { fastifySluice } from "sluice/http/fastify";
import { honoSluice } from "sluice/http/hono";
import { SluiceModule } from "sluice/http/nestjs";
import { bindFlows, exposed, mediator } from "./flow.js";

/** The adapters of frameworks, by name, each in an application of its own. */
export const frameworkSides: Readonly<Record<string, () => Promise<RequestListener>>> = {
  "sluice/http/express": async () => express().use(expressSluice(mediator, exposed)),
  "sluice/http/fastify": async () => {
    const app = Fastify();
    await app.register(fastifySluice, { mediator, ...exposed });
    await app.ready();
    return app.routing;
  },
  "sluice/http/hono": async () =>
    getRequestListener(new Hono().all("/*", honoSluice(mediator, exposed)).fetch),
  "sluice/http/nestjs": async () => {
    @Module({ imports: [SluiceModule.forRoot({ path: "/", queriesMapper: bindFlows, http: exposed })] })
    class App {}
    const app = await NestFactory.create(App, { logger: false });
    await app.init();
    return app.getHttpAdapter().getInstance();
  },
};
