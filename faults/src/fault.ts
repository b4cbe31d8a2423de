import type { Installed } from "@sluice-internal/services";
import type { BrokerKind } from "./brokers/broker-kind.js";
import type { ConsumerMutant } from "./brokers/consumer-mutants.js";
import type { Engine } from "./engines/engine.js";
import type { Mutant } from "./mutants.js";
import type { Random } from "./random.js";

export interface FaultContext {
  readonly engine: Engine;
  readonly random: Random;
  readonly seed: number;
  /** As large as docs/reliability.md says, else as large as fits a pull request. */
  readonly full: boolean;
  readonly mutant: Mutant | undefined;
}

/** What a run found. `ok` says whether it kept what is promised; the rest is for people. */
export interface Finding {
  readonly ok: boolean;
  readonly work: string;
  readonly faults: string;
  readonly [count: string]: unknown;
}

/** One way of dying, and what must hold all the same. */
export interface Fault {
  readonly engines: readonly string[];
  /** What it takes besides the engine's server. */
  readonly needs?: readonly Installed[];
  run(context: FaultContext): Promise<Finding>;
}

/** A run with a real broker. */
export interface BrokerContext extends FaultContext {
  readonly broker: BrokerKind;
  readonly consumerMutant: ConsumerMutant | undefined;
}

/** A way of dying between an outbox and an inbox, on PostgreSQL and each broker. */
export interface BrokerFault {
  run(context: BrokerContext): Promise<Finding>;
}
