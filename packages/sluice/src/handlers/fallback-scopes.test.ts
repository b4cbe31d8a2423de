import { describe, expect, it } from "vitest";
import { fallback, RequestHandler } from "../index.js";
import { Gates, quiet, RecordingLogger } from "../mediator/flow.fixture.js";
import { asking, type GetPrice, Noted, NotFoundError, price } from "./fallback.fixture.js";
import { RecordingContainer, UnitOfWork } from "./recording.fixture.js";

describe("a fallback and its scopes (R5, U1, U2)", () => {
  const logging = (log: string[]) => ({
    primary: class extends RequestHandler<GetPrice> {
      async handle(): Promise<number> {
        log.push("primary");
        throw new NotFoundError("broken");
      }
    },
    secondary: class extends RequestHandler<GetPrice> {
      handle() {
        log.push("fallback");
        return price;
      }
    },
  });

  it("runs in a fresh scope after the primary's has closed with the error: enter, primary, rollback, enter, fallback, commit (R5, U1)", async () => {
    const log: string[] = [];
    const { primary, secondary } = logging(log);
    const container = new RecordingContainer({ log });
    const { ask } = asking(fallback(primary, secondary), { container });
    await ask();
    expect(log).toEqual(["enter", "primary", "rollback", "enter", "fallback", "commit"]);
    expect(container.units[0]?.error).toBeInstanceOf(NotFoundError);
  });

  it("waits for the rollback before the fallback begins (R5)", async () => {
    const gates = new Gates();
    const log: string[] = [];
    const { primary, secondary } = logging(log);
    const container = new RecordingContainer({ log, onClose: () => gates.pass("close") });
    const { ask } = asking(fallback(primary, secondary), { container });
    const answer = ask();
    await quiet();
    expect(log).toEqual(["enter", "primary"]);
    await gates.openAll();
    await answer;
    expect(log).toEqual(["enter", "primary", "rollback", "enter", "fallback", "commit"]);
  });

  it("shares the unit of work under scope dispatch: enter, primary, fallback, commit (U2)", async () => {
    const log: string[] = [];
    const { primary, secondary } = logging(log);
    const { ask } = asking(fallback(primary, secondary), {
      container: new RecordingContainer({ log }),
      scope: "dispatch",
    });
    await ask();
    expect(log).toEqual(["enter", "primary", "fallback", "commit"]);
  });

  it("runs when the primary's scope cannot commit, and discards its events (R5)", async () => {
    let refusals = 1;
    const container = new RecordingContainer({
      onClose: (error) => {
        if (error === undefined && refusals-- > 0) throw new NotFoundError("commit refused");
      },
    });
    const answer = async (name: string, resolve: (token: typeof UnitOfWork) => Promise<unknown>) => {
      await resolve(UnitOfWork);
      return name === "primary" ? 0 : price;
    };
    const { ask, handled } = asking(
      fallback(
        (_: GetPrice, { emit, resolve }) => {
          emit(new Noted("primary"));
          return answer("primary", resolve);
        },
        (_: GetPrice, { emit, resolve }) => {
          emit(new Noted("fallback"));
          return answer("fallback", resolve);
        },
      ),
      { container },
    );
    expect(await ask()).toBe(price);
    expect(handled).toEqual(["fallback"]);
  });

  it("logs a rollback of the primary that fails, and runs all the same (R5)", async () => {
    const stuck = new Error("rollback refused");
    const logger = new RecordingLogger();
    const log: string[] = [];
    const { primary, secondary } = logging(log);
    const container = new RecordingContainer({
      onClose: (error) => {
        if (error !== undefined) throw stuck;
      },
    });
    const { ask } = asking(fallback(primary, secondary), { container, logger });
    expect(await ask()).toBe(price);
    expect(logger.details).toEqual([expect.objectContaining({ error: stuck })]);
  });
});
