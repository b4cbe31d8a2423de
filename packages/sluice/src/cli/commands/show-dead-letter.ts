import { type ExitCode, exitCodes } from "../exit-code.js";
import { type DeadLetterSource, withDeadLetters } from "../open-dead-letters.js";
import type { DeadLetter } from "../output/dead-letter.js";
import { deadLetterJson, deadLetterPayload } from "../output/dead-letter-json.js";
import { renderPage } from "../output/page.js";
import type { Terminal } from "../output/terminal.js";
import { deadLettersOf } from "./dead-letter-entries.js";

interface ShowOptions extends DeadLetterSource {
  readonly json?: true | undefined;
}

/** Shows all of one dead letter. */
export async function showDeadLetter(
  id: string,
  { json, ...source }: ShowOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return withDeadLetters(source, async ({ name, queue }) => {
    for await (const letter of deadLettersOf(queue, { ids: new Set([id]) })) {
      if (json) await terminal.printJson(deadLetterJson(letter));
      else await terminal.print(pageOf(letter));
      return exitCodes.done;
    }
    terminal.say(`${name} has no dead letter ${id}.`);
    return exitCodes.noMatch;
  });
}

function pageOf(letter: DeadLetter): string {
  return renderPage(
    [
      ["id", letter.id],
      ["message id", letter.messageId],
      ["name", letter.name],
      ["topic", letter.topic],
      ["group", letter.group],
      ["key", letter.key],
      ["tries", letter.attempts?.toString()],
      ["reason", letter.reason],
      ["error", letter.error],
      ["given up", letter.at?.toISOString()],
      ["happened", letter.timestamp?.toISOString()],
      ["headers", JSON.stringify(letter.headers)],
      ["content type", letter.contentType],
      ...(letter.problem === undefined ? [] : [["unreadable", letter.problem] as const]),
    ],
    bodyOf(letter),
  );
}

/** What is broken is shown too, where it is text. */
function bodyOf(letter: DeadLetter): string {
  const payload = deadLetterPayload(letter);
  if ("payload" in payload) return JSON.stringify(payload.payload, undefined, 2);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(letter.body);
  } catch {
    return `${letter.body.length} bytes that are no text; --json gives them as base64.`;
  }
}
