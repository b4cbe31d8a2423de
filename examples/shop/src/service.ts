import type { MessageBroker } from "sluice";

/** What a service is started with. */
export interface ServiceParts {
  /** What carries messages between services. Whoever made it closes it, after the service. */
  readonly broker: MessageBroker;
  /** Where its files lie; without one they are kept in memory. */
  readonly folder?: string | undefined;
  /** Where the orders service listens, on 127.0.0.1; 0 takes any port that is free. */
  readonly port: number;
  /** How long it takes the inventory to pick a line, in milliseconds. */
  readonly pickMs: number;
  /** Takes what people may want to read, line by line. */
  readonly say: (line: string) => void;
}

/** What is the same for all services. */
export type Settings = Pick<ServiceParts, "port" | "pickMs" | "say">;

export interface RunningService {
  /** What people should know of it. */
  readonly says: string;
  close(): Promise<void>;
}
