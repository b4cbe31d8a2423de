import { Command } from "../messages/command.js";
import { Query } from "../messages/query.js";
import { schemaCommand } from "../messages/schema-command.js";
import type { StandardSchema } from "../messages/standard-schema.js";

/** Whatever a case wants to send along. */
export class StreamQuery extends Query<unknown> {
  declare readonly input?: unknown;
}

export class StreamCommand extends Command<unknown> {
  declare readonly input?: unknown;
}

export class SendQuery extends Query<unknown> {
  declare readonly input?: unknown;
}

export class SendCommand extends Command<unknown> {
  declare readonly input?: unknown;
}

const orderSchema: StandardSchema<{ items: { price: number }[] }> = {
  "~standard": {
    version: 1,
    vendor: "sluice",
    validate: (value) => {
      const { items } = Object(value) as { items?: unknown };
      if (!Array.isArray(items)) return { issues: [{ path: ["items"], message: "expected a list" }] };
      const issues = [...items.entries()].flatMap(([n, item]) =>
        typeof item?.price === "number"
          ? []
          : [{ path: ["items", n, "price"], message: "expected a number" }],
      );
      return issues.length > 0 ? { issues } : { value: { items } };
    },
  },
};

/** Checked by a schema. */
export class CheckedCommand extends schemaCommand(orderSchema)<unknown> {}
