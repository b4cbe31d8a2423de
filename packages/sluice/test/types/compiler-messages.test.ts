import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const tsc = fileURLToPath(new URL("../../../../node_modules/typescript/bin/tsc", import.meta.url));

const classes = `
import { Command, DomainEvent, EventHandler, EventMap, fallback, NotificationEvent, Query, RequestHandler, RequestMap, StreamingRequestHandler } from "sluice";
class GetUser extends Query<{ name: string }> { constructor(readonly userId: string) { super(); } }
class GetOrder extends Query<{ name: string }> { constructor(readonly orderId: string) { super(); } }
class CountTo extends Command<number> { constructor(readonly last: number) { super(); } }
class UserRenamed extends DomainEvent { constructor(readonly userId: string) { super(); } }
class OrderPaid extends DomainEvent { constructor(readonly orderId: string) { super(); } }
class UserPublished extends NotificationEvent<string> {}
class GetUserHandler extends RequestHandler<GetUser> { handle(query: GetUser) { return { name: query.userId }; } }
class GetOrderHandler extends RequestHandler<GetOrder> { handle(query: GetOrder) { return { name: query.orderId }; } }
class CountToHandler extends StreamingRequestHandler<CountTo> { async *handle(command: CountTo) { yield command.last; } }
class WriteAuditLog extends EventHandler<UserRenamed> { handle(event: UserRenamed) { return event.userId; } }
const requests = new RequestMap();
const events = new EventMap();
`;

const mistakes = [
  {
    mistake: "a handler for another request",
    code: "requests.bind(GetUser, GetOrderHandler);",
    hint: "Property 'orderId' is missing in type 'GetUser' but required in type 'GetOrder'.",
  },
  {
    mistake: "an answer with another type",
    code: "requests.bind(GetUser, async () => 3);",
    hint: "Type 'number' is not assignable to type '{ name: string; }'.",
  },
  {
    mistake: "a misspelt field of an answer",
    code: "requests.bind(GetUser, async () => ({ nmae: '' }));",
    hint: "Property 'name' is missing in type '{ nmae: string; }' but required in type '{ name: string; }'.",
  },
  {
    mistake: "an object with another answer",
    code: "requests.bind(GetUser, { handle: async () => 3 });",
    hint: "Type 'number' is not assignable to type '{ name: string; }'.",
  },
  {
    mistake: "an event handler for a request",
    code: "requests.bind(GetUser, WriteAuditLog);",
    hint: "missing in type 'GetUser' but required in type 'UserRenamed'.",
  },
  {
    mistake: "a class of events in a map of requests",
    code: "requests.bind(UserRenamed, WriteAuditLog);",
    hint: "Property '[response]' is missing in type 'UserRenamed' but required in type 'Request<unknown>'.",
  },
  {
    mistake: "a link that streams",
    code: "requests.bind(CountTo, [CountToHandler]);",
    hint: "Type 'AsyncGenerator<number, void, unknown>' is not assignable to type 'Answer<CountTo>'.",
  },
  {
    mistake: "a fallback for another request",
    code: "requests.bind(GetUser, fallback(GetUserHandler, GetOrderHandler));",
    hint: "Property 'orderId' is missing in type 'GetUser' but required in type 'GetOrder'.",
  },
  {
    mistake: "a misspelt option of a chain",
    code: "requests.bind(GetUser, [GetUserHandler], { defualt: GetUserHandler });",
    hint: "Did you mean to write 'default'?",
  },
  {
    mistake: "a handler for another event",
    code: "events.bind(OrderPaid, WriteAuditLog);",
    hint: "Property 'userId' is missing in type 'OrderPaid' but required in type 'UserRenamed'.",
  },
  {
    mistake: "a notification event in a map of domain events",
    code: "events.bind(UserPublished, () => {});",
    hint: "is missing in type 'NotificationEvent<string>' but required in type 'DomainEvent'.",
  },
  {
    mistake: "a misspelt option of an event's handler",
    code: "events.bind(UserRenamed, WriteAuditLog, { orderby: () => 1 });",
    hint: "Did you mean to write 'orderBy'?",
  },
];

/** The compiler's message for each line of code. */
async function compile(lines: readonly string[]): Promise<string[]> {
  const project = await mkdtemp(join(tmpdir(), "sluice-messages-"));
  try {
    await mkdir(join(project, "node_modules"));
    const library = fileURLToPath(new URL("../../", import.meta.url));
    await symlink(library, join(project, "node_modules/sluice"), "junction");
    await writeFile(join(project, "package.json"), '{ "type": "module" }');
    await writeFile(join(project, "mistakes.ts"), classes + lines.join("\n"));
    const args = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--pretty", "false"];
    const { stdout }: { stdout: string } = await run(process.execPath, [tsc, ...args, "mistakes.ts"], {
      cwd: project,
    }).catch((error) => error);
    const offset = classes.split("\n").length;
    const messages = stdout.split(/^(?=\S)/m);
    return lines.map(
      (_, index) => messages.find((text) => text.startsWith(`mistakes.ts(${index + offset},`)) ?? "",
    );
  } finally {
    await rm(project, { recursive: true });
  }
}

describe("the compiler's message leads to the mistake (R3)", () => {
  let messages: string[];

  beforeAll(async () => {
    messages = await compile(mistakes.map(({ code }) => code));
  }, 30_000);

  for (const [index, { mistake, hint }] of mistakes.entries()) {
    it(mistake, () => {
      const message = messages[index] ?? "";
      expect(message).toContain(hint);
      expect(message).not.toMatch(/overload|NoInfer|concat, join, slice/);
      expect(message.trim().split("\n").length).toBeLessThanOrEqual(11);
    });
  }
});
