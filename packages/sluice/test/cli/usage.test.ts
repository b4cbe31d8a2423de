import { existsSync } from "node:fs";
import { join } from "node:path";
import manifest from "sluice/package.json" with { type: "json" };
import { describe, expect, it, vi } from "vitest";
import { Folder } from "./folder.fixture.js";
import { database, shop } from "./shop.fixture.js";

vi.setConfig({ testTimeout: 30_000 });

const verbs = ["stats", "list", "show", "replay", "discard", "purge"];
const commands = [
  "",
  "migrate",
  "relay",
  ...["outbox", "inbox"].flatMap((queue) => [queue, ...verbs.map((verb) => `${queue} ${verb}`)]),
  "dead-letters",
  ...["list", "show", "replay", "discard"].map((verb) => `dead-letters ${verb}`),
];

describe("sluice --help", () => {
  it.each(commands)("shows how sluice %s is called, with an example, within 80 columns", async (command) => {
    using folder = new Folder();
    const words = command.split(" ").filter(Boolean);
    const { code, stdout, stderr } = await folder.run([...words, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: ${["sluice", ...words].join(" ")}\\b`));
    expect(stdout).toMatch(new RegExp(`\\nExamples:\\n  \\$ ${["sluice", ...words].join(" ")}\\b`));
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("sluice --version", () => {
  it("is the package's", async () => {
    using folder = new Folder();
    expect(await folder.run(["--version"])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });
});

describe("called in a wrong way, sluice ends with 2, tells why, and prints no data", () => {
  it.each([
    ["", "Usage: sluice"],
    ["outbox", "Usage: sluice outbox"],
    ["outbocks stats", "Did you mean outbox?"],
    ["outbox lst", "Did you mean list?"],
    ["outbox list --stat dead", "Did you mean --state?"],
    ["outbox list --state lost", "Allowed choices are pending, done, dead."],
    ["outbox list --limit 0", '--limit is "0" (a string); expected a whole number from 1 to 1000000.'],
    ["outbox list --limit", "argument missing"],
    ["outbox list orders", "too many arguments"],
    ["outbox show", "missing required argument 'id'"],
    ["outbox purge --older-than 7", '--older-than is "7" (a string); expected a whole number with a unit'],
    [
      "outbox stats --database shop.db",
      `The scheme of the database's URL is "shop.db" (a string); expected postgres:, mysql: or sqlite:.`,
    ],
    [
      "outbox stats --database oracle://u:secret@h/d",
      `The scheme of the database's URL is "oracle" (a string)`,
    ],
    ["outbox stats --database sqlite:", "expected sqlite: and the path of a file"],
    ["dead-letters", "Usage: sluice dead-letters"],
    ["dead-letters list", "say whose dead letters: by --group <group> of the consumer, or by --queue <name>"],
    ["dead-letters show 7 --queue=", "say whose dead letters"],
    ["dead-letters list --queue a --group b", "cannot be used with option '--group <group>'"],
    ["dead-letters list --group b --limit 0", "expected a whole number from 1 to 1000000."],
    ["dead-letters list --database sqlite:shop.db", "unknown option '--database'"],
    ["dead-letters replay --group b", "say which dead letters: by ids"],
    ["dead-letters list --group b", "There is no sluice.config.ts, .mts, .js or .mjs in this folder."],
    ["migrate --from 1 --database sqlite:shop.db", "--from is for --print"],
    ["migrate --print --from one --database sqlite:", '--from is "one" (a string); expected a whole number'],
    ["migrate --print --from 99 --database sqlite:", "The version to migrate from is 99; expected 0 to 1"],
  ])("%s", async (line, problem) => {
    using folder = new Folder();
    const { code, stdout, stderr } = await folder.run(line.split(" ").filter(Boolean));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain("secret");
  });
});

describe("a file of SQLite that is not there", () => {
  it("is made by sluice migrate only", async () => {
    using folder = new Folder();
    const { code, stderr } = await folder.run(["outbox", "stats", database]);
    expect(code).toBe(1);
    expect(stderr).toContain("There is no file shop.db");
    expect(existsSync(join(folder.path, "shop.db"))).toBe(false);
    expect(await folder.run(["migrate", database])).toEqual({
      code: 0,
      stdout: "",
      stderr: "Brought the tables to version 1: outbox and inbox.\n",
    });
    expect(await folder.run(["migrate", database])).toMatchObject({
      code: 0,
      stderr: "The tables are of the newest version; nothing was changed.\n",
    });
  });
});

describe("sluice migrate --print", () => {
  it.each(["postgres:", "mysql:", "sqlite:"])("gives the SQL of %s from a version on", async (engine) => {
    using folder = new Folder();
    const print = async (...args: readonly string[]) =>
      (await folder.run(["migrate", "--print", ...args, "--database", engine])).stdout;
    expect(await print()).toContain("create table if not exists sluice_migration");
    expect(await print("--from", "0")).toBe(await print());
    expect(await folder.run(["migrate", "--print", "--from", "1", "--database", engine])).toEqual({
      code: 0,
      stdout: "",
      stderr: "That is the newest version; there is nothing to run.\n",
    });
    expect(await folder.json(["migrate", "--print", "--from=1", "--json", "--database", engine])).toEqual([
      { sql: "" },
    ]);
  });
});

describe("colours", () => {
  it("are there where they are asked for, and not with NO_COLOR", async () => {
    using folder = await shop(1);
    const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
    const list = async (colour: NodeJS.ProcessEnv) =>
      (await folder.run(["outbox", "list", database], { env: { ...env, ...colour } })).stdout.includes(
        "\x1b",
      );
    expect(await list({ FORCE_COLOR: "1" })).toBe(true);
    expect(await list({ NO_COLOR: "1" })).toBe(false);
    expect(await list({})).toBe(false);
  });
});
