import "reflect-metadata";
import { Inject, Injectable, Module, Scope } from "@nestjs/common";
import { ModuleRef, NestFactory } from "@nestjs/core";
import { expect, it } from "vitest";
import { testContainer } from "../../containers/container-tests.fixture.js";
import { nestContainer, requestScope } from "./nest-container.js";

@Injectable({ scope: Scope.REQUEST })
class Scoped {}

@Injectable()
class Singleton {}

class Unknown {}

@Injectable({ scope: Scope.TRANSIENT })
class Service {
  constructor(
    @Inject(Scoped) readonly scoped: Scoped,
    @Inject(Singleton) readonly singleton: Singleton,
  ) {}
}

@Module({ providers: [Scoped, Singleton, Service] })
class Providers {}

@Module({ imports: [Providers] })
class App {}

testContainer({
  name: "nest",
  create: async ({ onScopeClose }) => {
    const app = await NestFactory.createApplicationContext(App, { logger: false });
    const onClose = (_scope: unknown, error: unknown) => onScopeClose(error);
    return {
      container: nestContainer(app.get(ModuleRef), { onScopeClose: onClose }),
      Service,
      Scoped,
      Singleton,
      Unknown,
    };
  },
  features: { scopes: true, disposal: false, transients: false },
});

it("gives one scope to a request, however often it is asked, and another to another (U3)", async () => {
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  const [first, second] = [{}, {}];
  const scopedOf = (request: object) => requestScope(app.get(ModuleRef), request).resolve(Scoped);
  expect(await scopedOf(first)).toBe(await scopedOf(first));
  expect(await scopedOf(first)).not.toBe(await scopedOf(second));
});
