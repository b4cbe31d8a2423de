import type { BrokerFault } from "../fault.js";
import { badNetwork } from "../faults/brokers/bad-network.js";
import { brokerDiskFull } from "../faults/brokers/broker-disk-full.js";
import { brokerOutages } from "../faults/brokers/broker-outages.js";
import { consumerKill } from "../faults/brokers/consumer-kill.js";
import { poisonMessages } from "../faults/brokers/poison-messages.js";
import { rebalanceStorm } from "../faults/brokers/rebalance-storm.js";
import { rollingRestarts } from "../faults/brokers/rolling-restarts.js";

/** By the name that the command line gives them. */
export const brokerFaults: Readonly<Record<string, BrokerFault>> = {
  "consumer-kill": consumerKill,
  "broker-outages": brokerOutages,
  "broker-disk-full": brokerDiskFull,
  "rebalance-storm": rebalanceStorm,
  "rolling-restarts": rollingRestarts,
  "poison-messages": poisonMessages,
  "bad-network-of-brokers": badNetwork,
};
