import { describe } from "../errors/describe.js";
import { SluiceError } from "../errors/sluice-error.js";
import type { BoundHandler } from "../handlers/bound-handler.js";
import { HandlerRun, type Named } from "../handlers/handler-run.js";

/** Every link of a chain passed the request on. */
export class ChainExhaustedError extends SluiceError {
  readonly code = "SLUICE_CHAIN_EXHAUSTED";
  constructor(
    readonly request: object,
    /** The names of the links, in order. */
    readonly links: readonly string[],
  ) {
    super(
      `No link of the chain answered ${describe(request)}: ${links.join(" → ")}. ` +
        "Let the last link answer, or bind the chain with a default: bind(Request, [...], { default: handler }).",
    );
  }
}

/** Runs the links behind; what they emit goes to the given run. */
type PassOn = (run: HandlerRun, request: object) => Promise<unknown>;

/** The run of one link, which can pass the request on. */
export class ChainRun extends HandlerRun {
  readonly #passOn: PassOn;

  constructor(outer: HandlerRun, request: object, handler: Named, passOn: PassOn) {
    super(outer.dispatch, request, outer.cause, handler);
    this.#passOn = passOn;
  }

  get next(): (request: object) => Promise<unknown> {
    return (request) => {
      this.gather();
      return this.#passOn(this, request);
    };
  }

  /** A link inside a fallback passes on as the link would. */
  override fork(handler: Named): HandlerRun {
    return new ChainRun(this, this.message, handler, this.#passOn);
  }
}

/** Makes one handler of a chain; a link is resolved only when the chain reaches it (rule R4). */
export function bindChain(
  links: readonly BoundHandler[],
  fallThrough: BoundHandler | undefined,
): BoundHandler {
  const names = links.map(({ name }) => name);
  const answer = async (index: number, outer: HandlerRun, request: object): Promise<unknown> => {
    const link = links[index] ?? (index === links.length ? fallThrough : undefined);
    if (link === undefined) throw new ChainExhaustedError(request, names);
    const run = new ChainRun(outer, request, link, (from, passedOn) => answer(index + 1, from, passedOn));
    let response: unknown;
    try {
      response = await link.call(run);
    } catch (error) {
      await run.close({ error });
      throw error;
    }
    await run.close();
    outer.absorb(run);
    return response;
  };
  const call = (run: HandlerRun) => answer(0, run, run.message);
  return { name: names.join(" → "), call, open: call };
}
