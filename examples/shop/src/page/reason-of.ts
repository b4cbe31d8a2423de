import { ConnectionLostError, RemoteError } from "sluice/client";
import { InvalidMessageError } from "sluice/messages";

/** What a person should know of an error. */
export function reasonOf(error: unknown): string {
  if (error instanceof ConnectionLostError) return "The shop cannot be reached.";
  if (error instanceof RemoteError) return error.problem?.detail ?? error.problem?.title ?? error.message;
  if (error instanceof InvalidMessageError) {
    const paths = error.issues.map(({ path }) => path);
    return paths.some((path) => path.startsWith("customer"))
      ? "Say your name."
      : "Take 1 to 99 of something.";
  }
  return error instanceof Error ? error.message : String(error);
}
