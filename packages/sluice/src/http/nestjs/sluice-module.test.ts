import "reflect-metadata";
import {
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  Req,
  Scope,
  Sse,
} from "@nestjs/common";
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, ModuleRef, NestFactory, REQUEST } from "@nestjs/core";
import { from, map, tap } from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
import { Query } from "../../messages/query.js";
import { requestScope } from "./nest-container.js";
import { SluiceMediator } from "./sluice-mediator.js";
import { SluiceModule } from "./sluice-module.js";
import type { SluiceModuleOptions } from "./sluice-module-options.js";

interface UserRequest {
  readonly headers: Record<string, string | undefined>;
  user?: string | undefined;
}

class CountTo extends Query<number> {
  constructor(readonly last: number) {
    super();
  }
}

class WhoAmI extends Query<{ user: string | undefined; visits: number }> {}

class Wait extends Query<never> {}

class Greeting {
  readonly text = "hello";
}

/** Lives as long as a request. */
@Injectable({ scope: Scope.REQUEST })
class Visits {
  count = 0;
  constructor(@Inject(REQUEST) readonly request: UserRequest | undefined) {}
}

@Injectable()
class CountToHandler {
  constructor(@Inject(Greeting) readonly greeting: Greeting) {}

  async *handle({ last }: CountTo) {
    for (let n = 1; n <= last; n++) yield n;
  }
}

@Injectable({ scope: Scope.REQUEST })
class WhoAmIHandler {
  constructor(@Inject(Visits) readonly visits: Visits) {}

  async handle(_query: WhoAmI) {
    return { user: this.visits.request?.user, visits: ++this.visits.count };
  }
}

/** Guards all routes of the application, and is request-scoped itself. */
@Injectable({ scope: Scope.REQUEST })
class UserGuard {
  constructor(@Inject(Visits) readonly visits: Visits) {}

  canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest<UserRequest>();
    if (request.headers.authorization === "nobody") return false;
    request.user = request.headers.authorization;
    this.visits.count += 10;
    return true;
  }
}

const intercepted: string[] = [];

@Injectable()
class Recorder implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const { url } = context.switchToHttp().getRequest<{ url: string }>();
    return next.handle().pipe(tap({ complete: () => intercepted.push(url.replace(/\?.*/, "")) }));
  }
}

@Catch(ForbiddenException)
class ForbiddenFilter implements ExceptionFilter {
  catch(_exception: ForbiddenException, host: Parameters<ExceptionFilter["catch"]>[1]) {
    host.switchToHttp().getResponse().status(403).json({ filtered: true });
  }
}

@Controller("own")
class OwnController {
  constructor(
    @Inject(SluiceMediator) readonly mediator: SluiceMediator,
    @Inject(ModuleRef) readonly moduleRef: ModuleRef,
  ) {}

  @Sse("events")
  events() {
    return from(this.mediator.stream(new CountTo(2))).pipe(map((data) => ({ data: { data } })));
  }

  @Get("user")
  user() {
    return this.mediator.send(new WhoAmI());
  }

  @Get("joined")
  async joined(@Req() request: object) {
    const scope = () => requestScope(this.moduleRef, request);
    await this.mediator.send(new WhoAmI(), { scope: scope() });
    return this.mediator.send(new WhoAmI(), { scope: scope() });
  }
}

const ended = Promise.withResolvers<boolean>();

const options = {
  queriesMapper: (map) =>
    map
      .bind(CountTo, CountToHandler)
      .bind(WhoAmI, WhoAmIHandler)
      .bind(Wait, async function* (_query, { signal }) {
        try {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        } finally {
          ended.resolve(signal.aborted);
        }
      }),
  http: {
    stream: [CountTo, Wait],
    send: [WhoAmI],
    metadata: ({ native }) => ({ headers: { user: native.user } }),
  },
} satisfies SluiceModuleOptions;

const providers = [
  Greeting,
  Visits,
  CountToHandler,
  WhoAmIHandler,
  { provide: APP_GUARD, useClass: UserGuard },
  { provide: APP_INTERCEPTOR, useClass: Recorder },
  { provide: APP_FILTER, useClass: ForbiddenFilter },
];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(module: ReturnType<typeof SluiceModule.forRoot>) {
  class App {}
  Module({ imports: [module], controllers: [OwnController], providers })(App);
  const app = await NestFactory.create(App, { logger: false, forceCloseConnections: true });
  await app.listen(0, "127.0.0.1");
  closing.push(() => app.close());
  return { app, url: await app.getUrl() };
}

const headers = { authorization: "ada", accept: "application/json" };

describe("SluiceModule", () => {
  it("exposes requests below its path, with handlers that are providers", async () => {
    const { url } = await serve(SluiceModule.forRoot({ path: "api", ...options }));
    const response = await fetch(`${url}/api/CountTo?input={"last":3}`, { headers });
    expect(await response.json()).toEqual([1, 2, 3]);
  });

  it("takes its options from a factory", async () => {
    const { url } = await serve(
      SluiceModule.forRootAsync({ path: "api", useFactory: async () => options, isGlobal: true }),
    );
    const response = await fetch(`${url}/api/CountTo?input={"last":1}`, { headers });
    expect(await response.json()).toEqual([1]);
  });

  it("exposes nothing without a path", async () => {
    const { url } = await serve(SluiceModule.forRoot(options));
    expect((await fetch(`${url}/CountTo`, { headers })).status).toBe(404);
  });

  it("joins the scope of the request, which guards share; REQUEST can be injected (U3)", async () => {
    const { url } = await serve(SluiceModule.forRoot({ path: "api", ...options }));
    const ask = async (user: string) =>
      (await fetch(`${url}/api/WhoAmI`, { headers: { authorization: user } })).json();
    expect(await Promise.all(["ada", "bob"].map(ask))).toEqual([
      { user: "ada", visits: 11 },
      { user: "bob", visits: 11 },
    ]);
  });

  it("gives each run a scope of its own where the hook says so, and commits before it answers (U1)", async () => {
    const closed: unknown[] = [];
    const { url } = await serve(
      SluiceModule.forRoot({
        path: "api",
        ...options,
        http: { ...options.http, scope: () => undefined },
        onScopeClose: async (scope, error) => closed.push([(await scope.resolve(Visits)).count, error]),
      }),
    );
    const answer = await (await fetch(`${url}/api/WhoAmI`, { headers })).json();
    expect(answer).toEqual({ visits: 1 });
    expect(closed).toEqual([[1, undefined]]);
  });

  it("lets global guards, filters and interceptors hold for what it exposes", async () => {
    const { url } = await serve(SluiceModule.forRoot({ path: "api", ...options }));
    const refused = await fetch(`${url}/api/CountTo?input={"last":3}`, {
      headers: { authorization: "nobody" },
    });
    expect([refused.status, await refused.json()]).toEqual([403, { filtered: true }]);
    intercepted.length = 0;
    await (await fetch(`${url}/api/CountTo?input={"last":4}`, { headers })).text();
    expect(intercepted).toEqual(["/api/CountTo"]);
  });

  it("leaves the application's own routes as they are: @Sse, interceptors, the mediator injected", async () => {
    const { url } = await serve(SluiceModule.forRoot({ path: "api", ...options }));
    intercepted.length = 0;
    const events = await (await fetch(`${url}/own/events`, { headers })).text();
    expect(events.match(/data: .*/g)).toEqual(['data: {"data":1}', 'data: {"data":2}']);
    const user = await (await fetch(`${url}/own/user`, { headers })).json();
    expect(user).toEqual({ visits: 1 });
    expect(intercepted).toEqual(["/own/events", "/own/user"]);
  });

  it("lets a controller's dispatch join the request's scope too (U3)", async () => {
    const { url } = await serve(SluiceModule.forRoot({ path: "api", ...options }));
    const answer = await (await fetch(`${url}/own/joined`, { headers })).json();
    // The guard has counted ten.
    expect(answer).toEqual({ user: "ada", visits: 12 });
  });

  it("ends open streams when the application closes (S7)", async () => {
    const { app, url } = await serve(SluiceModule.forRoot({ path: "api", ...options }));
    const response = await fetch(`${url}/api/Wait`, { headers: { ...headers, accept: "text/event-stream" } });
    await app.close();
    expect(await ended.promise).toBe(true);
    await expect(response.text()).rejects.toThrow();
  });
});
