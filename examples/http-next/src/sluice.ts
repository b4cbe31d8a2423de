import { exposed, mediator } from "@sluice-examples/http-domain";
import { createHttpHandler } from "sluice/http";

export const handle = createHttpHandler(mediator, { basePath: "/api/", ...exposed });
