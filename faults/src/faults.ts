import type { Fault } from "./fault.js";
import { badNetwork } from "./faults/bad-network.js";
import { besidePoison } from "./faults/beside-poison.js";
import { clockJump } from "./faults/clock-jump.js";
import { diskFull } from "./faults/disk-full.js";
import { failover } from "./faults/failover.js";
import { ghosts } from "./faults/ghosts.js";
import { inboxKill } from "./faults/inbox-kill.js";
import { outOfOrder } from "./faults/out-of-order.js";
import { outages } from "./faults/outages.js";
import { poison } from "./faults/poison.js";
import { relayKill } from "./faults/relay-kill.js";
import { sideBySide } from "./faults/side-by-side.js";

/** By the name that the command line gives them. */
export const faults: Readonly<Record<string, Fault>> = {
  "side-by-side": sideBySide,
  "relay-kill": relayKill,
  ghosts,
  "out-of-order": outOfOrder,
  "inbox-kill": inboxKill,
  poison,
  "beside-poison": besidePoison,
  failover,
  outages,
  "bad-network": badNetwork,
  "disk-full": diskFull,
  "clock-jump": clockJump,
};
