import { handle } from "../../../sluice.js";

/** Nothing of it is known when the application is built. */
export const dynamic = "force-dynamic";

export const GET = (request: Request) => handle(request);
export const POST = (request: Request) => handle(request);
