import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, fillCache } from "./cache-folder.js";
import { findProgram } from "./find-program.js";
import { byInstall } from "./how-to-install.js";
import type { Installed } from "./program.js";
import { runToEnd } from "./run-to-end.js";

const pom = fileURLToPath(new URL("../kafka/pom.xml", import.meta.url));
const [, version] = /kafka_2\.13<\/artifactId>\s*<version>(.*?)</.exec(readFileSync(pom, "utf8")) ?? [];
const cached = `kafka-${version}`;
const oldestJava = 17;
const maven = () => findProgram("mvn");

export interface KafkaPrograms {
  readonly java: string;
  readonly classPath: string;
}

/** A Java that is new enough and the broker's jars, where both are here. */
export function kafkaPrograms(): KafkaPrograms | undefined {
  const jars = cacheFolder(cached);
  const java = existsSync(jars) ? newEnoughJava() : undefined;
  return java === undefined ? undefined : { java, classPath: join(jars, "*") };
}

export const kafkaInstalled: Installed = {
  name: "Kafka",
  howToInstall: `${byInstall}; it needs Java ${oldestJava} or later`,
  isInstalled: () => kafkaPrograms() !== undefined,
};

export function missingKafkaPackages(): readonly string[] {
  if (kafkaPrograms() !== undefined) return [];
  return [
    ...(newEnoughJava() === undefined ? ["default-jre-headless"] : []),
    ...(maven() === undefined ? ["maven"] : []),
  ];
}

/** Brings the jars from Maven Central. */
export async function installKafka(): Promise<void> {
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  await fillCache(cached, (folder) =>
    runToEnd(maven() ?? "mvn", ["-B", "-q", "-f", pom, goal, `-DoutputDirectory=${folder}`], {}),
  );
}

function newEnoughJava(): string | undefined {
  const ofHome = process.env.JAVA_HOME && join(process.env.JAVA_HOME, "bin/java");
  return [ofHome, findProgram("java")].find((path) => path !== undefined && versionOf(path) >= oldestJava);
}

function versionOf(java: string): number {
  const { stdout } = spawnSync(java, ["--version"], { encoding: "utf8" });
  return Number(/\d+/.exec(stdout ?? "")?.[0] ?? 0);
}
