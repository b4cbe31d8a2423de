import { describe, expect, it } from "vitest";
import { bootstrap } from "../mediator/bootstrap.js";
import { bindBodies, Do, Flow, rejection } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import {
  type ContainerConformanceOptions,
  type ContainerUnderTest,
  containerConformance,
} from "../testing/container-conformance.js";

class Happened extends DomainEvent {}

/** Registers the conformance suite, and what a container must do under a mediator. */
export function testContainer(options: ContainerConformanceOptions): void {
  describe(`${options.name} conforms`, () => {
    for (const { name, run } of containerConformance(options)) it(name, run);
  });
  if (options.features.scopes) describe(`${options.name} under a mediator`, () => testUnderMediator(options));
}

function testUnderMediator({ create }: ContainerConformanceOptions): void {
  const setUp = async () => {
    const closed: unknown[] = [];
    const given = await create({ onScopeClose: (error) => closed.push(error), onDispose: () => {} });
    return { ...(given as ContainerUnderTest), closed };
  };

  it("gives each handler's run a scope, and closes it with what became of it (U1)", async () => {
    const { container, Service, Scoped, closed } = await setUp();
    await using mediator = bootstrap({ container, scope: "handler", commandsMapper: bindBodies });
    const error = new Error("no");
    const shares = new Do(async ({ resolve }) => (await resolve(Service)).scoped === (await resolve(Scoped)));
    const fails = new Do(async ({ resolve }) => {
      await resolve(Service);
      throw error;
    });
    expect(await mediator.send(shares)).toBe(true);
    expect(await rejection(mediator.send(fails))).toBe(error);
    expect(closed).toEqual([undefined, error]);
  });

  it("keeps a stream's scope open until its handler has ended (S7, U1)", async () => {
    const { container, Scoped, closed } = await setUp();
    const steps: string[] = [];
    await using mediator = bootstrap({ container, commandsMapper: bindBodies });
    const stream = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(Scoped);
        try {
          yield 1;
        } finally {
          steps.push(`finally, ${closed.length} closed`);
        }
      }),
    );
    for await (const _ of stream) break;
    expect(steps).toEqual(["finally, 0 closed"]);
    expect(closed).toEqual([undefined]);
  });

  it("shares one unit of work between a request and its events (U2)", async () => {
    const { container, Scoped, closed } = await setUp();
    const seen = new Set<object>();
    await using mediator = bootstrap({
      container,
      scope: "dispatch",
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async (_event, { resolve }) => seen.add(await resolve(Scoped))),
    });
    await mediator.send(
      new Do(async ({ emit, resolve }) => {
        seen.add(await resolve(Scoped));
        emit(new Happened());
      }),
    );
    expect(seen.size).toBe(1);
    expect(closed).toEqual([undefined]);
  });

  it("fails the dispatch when the unit of work cannot commit", async () => {
    const error = new Error("no commit");
    const { container, Scoped } = await create({
      onScopeClose: () => Promise.reject(error),
      onDispose: () => {},
    });
    await using mediator = bootstrap({ container, commandsMapper: bindBodies });
    const touch = new Do(async ({ resolve }) => {
      await resolve(Scoped);
    });
    expect(await rejection(mediator.send(touch))).toBe(error);
  });
}
