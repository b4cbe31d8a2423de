import { mkdirSync } from "node:fs";
import { programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { describe, expect, it, vi } from "vitest";
import { Folder } from "./folder.fixture.js";
import { shop } from "./shop.fixture.js";

vi.setConfig({ testTimeout: 30_000 });

const stats = ["outbox", "stats", "--json"];

describe("the config of the sluice command", () => {
  it.each(["sluice.config.ts", "sluice.config.mts", "sluice.config.js", "sluice.config.mjs"])(
    "may be %s",
    async (file) => {
      using folder = await shop(1);
      folder.write("package.json", '{ "type": "module" }');
      const type = file.endsWith("ts") ? ": string" : "";
      folder.write(file, `const url${type} = "sqlite:shop.db"; export default { database: url };`);
      expect(await folder.json(["outbox", "stats"])).toMatchObject([{ pending: 1 }]);
    },
  );

  it("may have another name, and gives its settings by functions that are called where they are needed", async () => {
    using folder = await shop(1);
    mkdirSync(`${folder.path}/settings`);
    folder.write(
      "settings/shop.js",
      `export default {
        database: async () => "sqlite:shop.db",
        broker: () => { throw new Error("nobody has asked for a broker"); },
        close: async () => console.error("closed"),
      };`,
    );
    const { code, stdout, stderr } = await folder.run([...stats, "--config", "settings/shop.js"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "closed\n" });
    expect(JSON.parse(stdout)).toMatchObject({ pending: 1 });
  });

  it("may have an outbox and an inbox of any store, which are used as they are", async () => {
    using folder = new Folder();
    folder.write(
      "sluice.config.mjs",
      `import { Command } from "sluice";
      import { MemoryInbox } from "sluice/inbox";
      import { MessageRegistry } from "sluice/messages";
      import { MemoryOutbox } from "sluice/outbox";
      class ReserveStock extends Command {}
      const inbox = new MemoryInbox({ registry: new MessageRegistry().register("stock.reserve", ReserveStock) });
      inbox.add([["m-1", new ReserveStock()]]);
      export default { outbox: new MemoryOutbox({ registry: new MessageRegistry() }), inbox: () => inbox };`,
    );
    expect(await folder.json(["outbox", "stats"])).toMatchObject([{ pending: 0 }]);
    expect(await folder.json(["inbox", "list"])).toMatchObject([{ messageId: "m-1", name: "stock.reserve" }]);
  });

  it("is closed, and ends the command, also where it holds on to something and the command fails", async () => {
    using folder = new Folder();
    folder.write(
      "sluice.config.mjs",
      `setInterval(() => {}, 1_000_000);
      export default { outbox() { throw new Error("no way"); }, close() { console.error("closed"); } };`,
    );
    const { code, stderr } = await folder.run(stats);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^closed\nerror: Error: no way\n +at outbox .*sluice\.config\.mjs:2:/);
  });

  it.each([
    [
      "",
      "There is no sluice.config.ts, .mts, .js or .mjs in this folder. Name a config by --config <file>, or a database by --database <url>.",
    ],
    [
      "export const config = {};",
      "sluice.config.mjs has undefined for its default export. Write: export default defineConfig({ … })",
    ],
    [
      "export default { brokr: {} };",
      "sluice.config.mjs has an unknown setting, brokr. There are: database, outbox, inbox, broker, relay, close.",
    ],
    [
      "export default { database: 1 };",
      "sluice.config.mjs has 1 for database; expected a text, or a function that gives it.",
    ],
    [
      "export default { relay: () => ({}) };",
      "sluice.config.mjs has a function for relay; expected an object.",
    ],
    ["export default { close: true };", "sluice.config.mjs has true for close; expected a function."],
    [
      "export default {};",
      'sluice.config.mjs has no outbox and no database. Add database: "…" to it, or use --database <url>.',
    ],
    [
      "export default { database: () => process.env.NOT_SET };",
      'sluice.config.mjs has no outbox and no database. Add database: "…" to it, or use --database <url>.',
    ],
  ])("says what is wrong with %j", async (text, problem) => {
    using folder = new Folder();
    if (text !== "") folder.write("sluice.config.mjs", text);
    expect(await folder.run(stats)).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: ${problem} (SLUICE_CONFIG)\n`,
    });
  });

  it.each(["ts", "js"])("says what to call sluice.config.%s where packages are CommonJS", async (ending) => {
    using folder = await shop(1);
    folder.write("package.json", '{ "type": "commonjs" }');
    const text =
      'import { defineConfig } from "sluice/cli"; export default defineConfig({ database: "sqlite:shop.db" });';
    folder.write(`sluice.config.${ending}`, text);
    const { code, stderr } = await folder.run(stats);
    expect(code).toBe(2);
    expect(stderr).toContain(`Let its name end in .m${ending}. (SLUICE_CONFIG)`);
    folder.write(`shop.m${ending}`, text);
    expect(await folder.run([...stats, "--config", `shop.m${ending}`])).toMatchObject({ code: 0 });
  });

  it("shows the place where it cannot be loaded", async () => {
    using folder = new Folder();
    folder.write("sluice.config.mjs", 'export default {};\nthrow new TypeError("broken");');
    const { code, stderr } = await folder.run(stats);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: sluice\.config\.mjs cannot be loaded: broken \(SLUICE_CONFIG\)\nTypeError: broken\n +at .*sluice\.config\.mjs:2:/,
    );
  });

  it("is not guessed where there are several", async () => {
    using folder = new Folder();
    for (const file of ["sluice.config.js", "sluice.config.ts"]) folder.write(file, "export default {};");
    const { code, stderr } = await folder.run(stats);
    expect(code).toBe(2);
    expect(stderr).toContain("There are sluice.config.ts and sluice.config.js in this folder.");
  });

  it("is an error where the one that is named is not there, or a database is named besides", async () => {
    using folder = new Folder();
    expect(await folder.run([...stats, "--config", "a.js"])).toMatchObject({
      code: 2,
      stderr: "error: There is no config a.js. (SLUICE_CONFIG)\n",
    });
    const both = await folder.run([...stats, "--config", "a.js", "--database", "sqlite:shop.db"]);
    expect(both.code).toBe(2);
    expect(both.stderr).toContain("cannot be used with option '--config <file>'");
  });
});

describeWith(programs.oldestNode, "under the oldest Node", () => {
  it("says that a config in TypeScript needs a later one", async () => {
    using folder = await shop(0);
    folder.write("sluice.config.ts", "export default {};");
    const { code, stderr } = await folder.run(stats, { node: programs.oldestNode.path });
    expect(code).toBe(2);
    expect(stderr).toContain("sluice.config.ts is TypeScript, which Node 22.13.0 does not run by itself.");
  });

  it("says that SQLite needs a later one", async () => {
    using folder = await shop(1);
    const { code, stderr } = await folder.run([...stats, "--database", "sqlite:shop.db"], {
      node: programs.oldestNode.path,
    });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'Node, for a database sqlite:, is "22.13.0" (a string); expected 22.16 or later.',
    );
  });

  it("works all the same", async () => {
    using folder = new Folder();
    expect(await folder.run(["--version"], { node: programs.oldestNode.path })).toMatchObject({
      code: 0,
      stderr: "",
    });
  });
});
