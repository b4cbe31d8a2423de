import type { RunningServer, Service, StartOptions } from "@sluice-internal/services";
import type { MessageBroker } from "sluice";

export const brokerNames = ["kafka", "rabbitmq", "nats", "redis"] as const;

export type BrokerName = (typeof brokerNames)[number];

/** What the fault programs need of a kind of broker. */
export interface BrokerKind {
  readonly name: BrokerName;
  readonly service: Service;
  /** `seenAt` is the port by which clients get there, where it is not the server's own: that of a proxy. */
  start(options?: StartOptions & { readonly seenAt?: number }): Promise<RunningServer>;
  open(url: string): MessageBroker;
  /** Whether several members of a group keep the order of a key between them. */
  readonly keepsOrderInGroup: boolean;
}
