import { describe, expect, it } from "vitest";
import type { PgQuery } from "./postgres-drivers.js";
import { PreparedStatements } from "./prepared.js";

/** A pool whose answer to a statement with a name may be an error of the server. */
function setUp(codeOf: (query: PgQuery) => string | undefined = () => undefined) {
  const queries: PgQuery[] = [];
  const query = async (given: PgQuery) => {
    queries.push(given);
    const code = codeOf(given);
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    return { rows: [], rowCount: 0 };
  };
  return { queries, statements: new PreparedStatements({ query }) };
}

describe("PreparedStatements", () => {
  it("gives a text one name, and another text another one", async () => {
    const { queries, statements } = setUp();
    for (const text of ["select 1", "select 2", "select 1"]) await statements.query({ text, values: [] });
    const [one, two, again] = queries.map(({ name }) => name);
    expect(one).toBe(again);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^sluice_\d+$/);
  });

  it.each(["26000", "42P05"])(
    "runs a statement without a name, from then on, where a pooler's connections do not know it: %s",
    async (code) => {
      const { queries, statements } = setUp(({ name }) => (name === undefined ? undefined : code));
      await statements.query({ text: "select 1", values: [7] });
      await statements.query({ text: "select 2", values: [] });
      expect(queries.map(({ name, text }) => [name !== undefined, text])).toEqual([
        [true, "select 1"],
        [false, "select 1"],
        [false, "select 2"],
      ]);
      expect(queries[1]?.values).toEqual([7]);
    },
  );

  it("leaves every other error as it is", async () => {
    const { queries, statements } = setUp(() => "23505");
    await expect(statements.query({ text: "select 1", values: [] })).rejects.toMatchObject({ code: "23505" });
    expect(queries).toHaveLength(1);
  });
});
