import type {
  ContextMediator,
  DispatchOptions,
  ItemStream,
  StreamOptions,
} from "../handlers/context-mediator.js";
import type { Lineage } from "../handlers/lineage.js";
import type { Event } from "../messages/event.js";
import type { Request } from "../messages/request.js";
import type { MediatorCore } from "./mediator-core.js";

/** The mediator as one handler sees it. */
export class LineageMediator implements ContextMediator {
  readonly #core: MediatorCore;
  readonly #lineage: Lineage;

  constructor(core: MediatorCore, lineage: Lineage) {
    this.#core = core;
    this.#lineage = lineage;
  }

  send<R>(request: Request<R>, options?: DispatchOptions): Promise<R> {
    return this.#core.sendFrom(this.#lineage, request, options);
  }

  stream<R>(request: Request<R>, options?: StreamOptions): ItemStream<R> {
    return this.#core.streamFrom(this.#lineage, request, options);
  }

  publish(event: Event, options?: DispatchOptions): Promise<void> {
    return this.#core.publishFrom(this.#lineage, event, options);
  }
}
