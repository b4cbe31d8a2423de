import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { linesOf } from "./folder.fixture.js";
import { database, shop } from "./shop.fixture.js";

vi.setConfig({ testTimeout: 30_000 });

const kill = "update sluice_outbox set state = 2, attempts = 10";

describe("sluice outbox stats", () => {
  it("counts rows and names who serves them, in tables for people", async () => {
    using folder = await shop(3);
    folder.db.exec(
      "insert into sluice_outbox_worker values ('relay-1', 'token', (unixepoch() + 3600) * 1000);" +
        "update sluice_outbox_lease set owner = 'token'",
    );
    const { code, stdout, stderr } = await folder.run(["outbox", "stats", database]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^PENDING {2}WAITING {2}DEAD {2}DONE {2}OLDEST\n {6}3 {8}0 {5}0 {5}0 +\d+m?s\n\nWORKER {3}BUCKETS\nrelay-1 {8}1\n$/,
    );
  });
});

describe("sluice outbox list", () => {
  it("aligns rows for people, without what no row has, and without colours in a pipe", async () => {
    using folder = await shop(2);
    const { code, stdout, stderr } = await folder.run(["outbox", "list", database]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [titles, ...rows] = linesOf(stdout);
    expect(titles).toMatch(/^MESSAGE ID {2}NAME {10}TOPIC {3}KEY +AGE {2}TRIES$/);
    expect(rows).toEqual(
      ["o-1", "o-2"].map((id) => expect.stringMatching(`^${id} +order\\.placed {2}orders {2}${id} `)),
    );
    expect(stdout).not.toContain("\x1b");
  });

  it("shows what came with messages without obeying it", async () => {
    using folder = await shop(1);
    folder.db.exec(`${kill}, last_error = 'a' || char(10) || char(27) || '[2J' || char(155) || '31m'`);
    for (const args of [
      ["list", "--state=dead"],
      ["show", "o-1"],
    ]) {
      const { stdout } = await folder.run(["outbox", ...args, database]);
      expect(stdout).toContain("a\\n\\u001b[2J\\u009b31m");
      for (const control of ["\x1b", "\x9b"]) expect(stdout).not.toContain(control);
    }
  });

  it("shows the first of many, and how many there are", async () => {
    using folder = await shop(60);
    const { stdout, stderr } = await folder.run(["outbox", "list", database]);
    expect(linesOf(stdout)).toHaveLength(51);
    expect(stderr).toBe("50 of 60 rows; --limit 60 shows all.\n");
  });

  it("reads any number of rows, page by page, each once and in order", async () => {
    using folder = await shop(1_234);
    const rows = (await folder.json(["outbox", "list", database, "--limit=1000000"])) as {
      messageId: string;
    }[];
    expect(rows.map(({ messageId }) => messageId)).toEqual(
      Array.from({ length: 1_234 }, (_, n) => `o-${n + 1}`),
    );
    expect(await folder.json(["outbox", "list", database, "--limit=501"])).toHaveLength(501);
  });

  it("is fine where there is nothing, and says so", async () => {
    using folder = await shop(0);
    expect(await folder.run(["outbox", "list", database])).toEqual({
      code: 0,
      stdout: "",
      stderr: "The outbox has no such rows that are pending.\n",
    });
    expect(await folder.run(["outbox", "list", "--json", database])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("gives a payload that is no JSON as base64", async () => {
    using folder = await shop(2);
    folder.db.exec(
      "update sluice_outbox set content_type = 'application/cbor', body = x'a0ff' where message_id = 'o-1'",
    );
    folder.db.exec("update sluice_outbox set body = x'7bff' where message_id = 'o-2'");
    expect(await folder.json(["outbox", "list", database])).toMatchObject([
      { messageId: "o-1", payloadBase64: "oP8=" },
      { messageId: "o-2", payloadBase64: "e/8=" },
    ]);
  });

  it("ends quietly when whoever reads has seen enough", async () => {
    using folder = await shop(20_000);
    const child = folder.start(["outbox", "list", "--json", "--limit=20000", database]);
    let stderr = "";
    child.stderr?.on("data", (text) => {
      stderr += text;
    });
    await once(child.stdout as NodeJS.EventEmitter, "data");
    child.stdout?.destroy();
    const [code] = await once(child, "close");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

describe("sluice outbox show", () => {
  it("shows all of a message", async () => {
    using folder = await shop(1);
    folder.db.exec(`update sluice_outbox set headers = '{"correlation-id":"c-1"}'`);
    const { code, stdout } = await folder.run(["outbox", "show", "o-1", database]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^message id {4}o-1\nname {10}order\.placed\ntopic {9}orders\nkey {11}o-1\nstate {9}pending\n/,
    );
    expect(stdout).toContain('headers       {"correlation-id":"c-1"}\n');
    expect(stdout).toMatch(/\n\n\{\n {2}"orderId": "o-1"\n\}\n$/);
  });

  it("ends with 3 where there is no such message", async () => {
    using folder = await shop(1);
    expect(await folder.run(["outbox", "show", "o-9", database])).toEqual({
      code: 3,
      stdout: "",
      stderr: "The outbox has no message o-9.\n",
    });
  });
});

describe.each(["replay", "discard"])("sluice outbox %s", (verb) => {
  const left = (folder: Awaited<ReturnType<typeof shop>>) =>
    folder.db.prepare("select count(*) as n from sluice_outbox where state = 2").get()?.n;

  it("changes nothing without --yes, and says how many rows it would change (O4)", async () => {
    using folder = await shop(3);
    folder.db.exec(kill);
    expect(await folder.run(["outbox", verb, "o-1", "o-2", "o-9", database])).toEqual({
      code: 0,
      stdout: "",
      stderr: `Would ${verb} 2 dead rows of the outbox. Nothing was changed; add --yes to do it.\n`,
    });
    expect(left(folder)).toBe(3);
  });

  it("changes what was chosen, with --yes", async () => {
    using folder = await shop(3);
    folder.db.exec(`${kill} where message_id <> 'o-3'`);
    const { code, stderr } = await folder.run(["outbox", verb, "o-2", "o-3", "--yes", database]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `1 dead row of the outbox ${verb}ed.\n`,
    });
    expect(left(folder)).toBe(1);
    expect(await folder.json(["outbox", "list", database])).toHaveLength(verb === "replay" ? 2 : 1);
  });

  it("ends with 3 where nothing matches", async () => {
    using folder = await shop(1);
    for (const choice of [["o-1"], ["--topic=orders"], ["--all"]]) {
      const { code, stderr } = await folder.run(["outbox", verb, ...choice, "--yes", database]);
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: "No dead row of the outbox matches; nothing was changed.\n",
      });
    }
  });

  it.each([[[]], [["o-1", "--all"]], [["--topic=orders", "--all"]]])(
    "wants to be told which rows, once: %j",
    async (choice) => {
      using folder = await shop(1);
      folder.db.exec(kill);
      const { code, stderr } = await folder.run(["outbox", verb, ...choice, "--yes", database]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: say which rows/);
      expect(left(folder)).toBe(1);
    },
  );
});

describe("sluice outbox discard", () => {
  it("takes another state", async () => {
    using folder = await shop(2);
    expect(await folder.json(["outbox", "discard", "--all", "--state=pending", "--yes", database])).toEqual([
      { matched: 2, discarded: 2 },
    ]);
  });
});

describe("sluice outbox purge", () => {
  it("deletes, with --yes, what has been done for so long, over any number of batches (O6)", async () => {
    using folder = await shop(2_500);
    folder.db.exec("update sluice_outbox set state = 1, done_ms = (unixepoch() - 3600) * 1000");
    folder.db.exec("update sluice_outbox set done_ms = unixepoch() * 1000 where id = 1");
    const purge = ["outbox", "purge", "--older-than=59m", database];
    const preview = await folder.run(purge);
    expect(preview).toMatchObject({ code: 0, stdout: "" });
    expect(preview.stderr).toMatch(/^Would purge .*: 2499\. Nothing was changed; add --yes to do it\.\n$/);
    expect(await folder.json([...purge, "--yes"])).toEqual([{ matched: 2_499, purged: 2_499 }]);
    expect(await folder.json([...purge, "--yes"])).toEqual([{ matched: 0, purged: 0 }]);
  });
});
