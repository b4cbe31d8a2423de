// moleculer beside the drivers that its channels know, which are older than those of the benchmarks.
import channels from "@moleculer/channels";

export { ServiceBroker } from "moleculer";
export const { Middleware } = channels;
