import { type Client, ConnectionLostError, RemoteError } from "sluice/client";
import { IndexFolder, type ProgressSight } from "../live/messages.js";
import { Seen } from "./seen.js";

/** "running" until it is "done" (all was read), "stopped" by the person, "lost" (cut off), or "failed" over there. */
export type RunState = "running" | "done" | "stopped" | "lost" | "failed";

/** A run of the main job, as this tab sees it. What was seen stays when it ends, in whatever way. */
export class Run {
  readonly seen = new Seen();
  progress: ProgressSight | undefined;
  state: RunState = "running";
  /** Why it was lost, or failed. */
  reason = "";
  endedAt: number | undefined;
  /** When something came for the last time. */
  newsAt = performance.now();
  readonly startedAt = performance.now();
  readonly #stop = new AbortController();

  constructor(
    readonly folder: string,
    readonly limit: number,
  ) {}

  /** Resolves when it has ended; it never rejects. */
  async watch(client: Client): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const sight of client.stream(new IndexFolder({ folder: this.folder, limit: this.limit }), {
        signal,
      })) {
        this.newsAt = performance.now();
        if (sight.kind === "file") this.seen.add(sight);
        else this.progress = sight;
      }
      this.state = "done";
    } catch (error) {
      this.state = signal.aborted ? "stopped" : error instanceof ConnectionLostError ? "lost" : "failed";
      this.reason = reasonOf(error);
    }
    this.endedAt = performance.now();
  }

  /** Ends it; the handler over there ends because its reader has left. */
  stop(): void {
    this.#stop.abort();
  }

  get seconds(): number {
    return ((this.endedAt ?? performance.now()) - this.startedAt) / 1000;
  }
}

/** What a person should know of an error. */
export function reasonOf(error: unknown): string {
  if (error instanceof ConnectionLostError) return "The server cannot be reached.";
  if (error instanceof RemoteError) return error.problem?.detail ?? error.problem?.title ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
