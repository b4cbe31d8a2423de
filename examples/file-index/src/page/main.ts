import { type Client, createClient } from "sluice/client";
import { InvalidMessageError } from "sluice/messages";
import { IndexFolder, ListFolders, SearchIndex } from "../live/messages.js";
import { formatCount, printable } from "../report/format.js";
import { element } from "./element.js";
import { FolderDialog } from "./folder-dialog.js";
import { Run, reasonOf } from "./run.js";
import { RunView } from "./run-view.js";
import { SearchView } from "./search-view.js";
import { stateOf } from "./state-text.js";

// A look comes every 100 ms, so a stream that is silent for so long has lost its server.
const client: Client = createClient("/api/", {
  messages: [IndexFolder, ListFolders, SearchIndex],
  idleTimeoutMs: 20_000,
});

const folder = element<HTMLInputElement>("folder");
const limit = element<HTMLInputElement>("limit");
const start = element<HTMLButtonElement>("start");
const stop = element<HTMLButtonElement>("stop");
const progress = element<HTMLProgressElement>("progress");

const view = new RunView();
const search = new SearchView(client);
const dialog = new FolderDialog(client, (chosen) => {
  folder.value = chosen;
  start.focus();
});

let run: Run | undefined;
/** What is said while there is no run, or after it. */
let serverText = "Connecting…";

element("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!start.disabled) void begin();
});
stop.addEventListener("click", () => run?.stop());
element("browse").addEventListener("click", () => void dialog.open(folder.value.trim()));

async function begin(): Promise<void> {
  const values = { folder: folder.value.trim(), limit: Number(limit.value) };
  if (!(await fits(values))) return;
  run = new Run(values.folder, values.limit);
  enable(true);
  announce(stateOf(run).text);
  await run.watch(client);
  enable(false);
  start.textContent = "Start again";
  announce(stateOf(run).text);
  if (element<HTMLInputElement>("words").value !== "") void search.search();
  if (run.state === "lost") await waitForServer();
}

/** Whether there is such a folder, and the numbers are in their range; else says so beside the field. */
async function fits(values: { folder: string; limit: number }): Promise<boolean> {
  const problems = { folder: "", limit: "" };
  try {
    new IndexFolder(values);
    await client.send(new ListFolders(values));
  } catch (error) {
    if (error instanceof InvalidMessageError) {
      for (const { path } of error.issues) {
        if (path === "limit") problems.limit = `From 1 to ${limit.max}.`;
        else problems.folder = "That is no folder.";
      }
    } else problems.folder = reasonOf(error);
  }
  for (const [field, text] of [
    [folder, problems.folder],
    [limit, problems.limit],
  ] as const) {
    element(`${field.id}-error`).textContent = printable(text);
    field.setAttribute("aria-invalid", String(text !== ""));
  }
  if (problems.folder) folder.focus();
  else if (problems.limit) limit.focus();
  return !problems.folder && !problems.limit;
}

/** A button that is disabled while it has the focus would lose it. */
function enable(isRunning: boolean): void {
  const hadFocus = document.activeElement;
  start.disabled = isRunning;
  stop.disabled = !isRunning;
  if (hadFocus === start && isRunning) stop.focus();
  if (hadFocus === stop && !isRunning) start.focus();
}

async function waitForServer(): Promise<void> {
  const lost = run;
  serverText = "Trying to reach it…";
  for (;;) {
    try {
      await client.send(new ListFolders({ folder: "" }), { signal: AbortSignal.timeout(2000) });
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    if (run !== lost) return;
  }
  serverText = "It is back: you can start again.";
  announce(serverText);
}

/** Says it to those who do not see the page. */
function announce(text: string): void {
  element("news").textContent = text;
}

function show(): void {
  const { state, text } = run ? stateOf(run) : { state: "ready", text: serverText };
  element("state").dataset.state = state;
  element("state-text").textContent = state === "lost" ? `${text} ${serverText}` : text;
  const isOver = run !== undefined && state === "done";
  progress.max = isOver ? 1 : Math.max(run?.progress?.total ?? 1, 1);
  progress.value = isOver ? 1 : (run?.seen.files ?? 0);
  view.show(run, Number(limit.value) || 1);
}

/** Ten times a second is as quick as figures can be read; once, for those who asked for less motion. */
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let shownAt = 0;
function showAgain(now: number): void {
  if (now - shownAt >= (calm.matches && run?.state === "running" ? 1000 : 100)) {
    shownAt = now;
    show();
  }
  requestAnimationFrame(showAgain);
}

let toldAt = 0;
setInterval(() => {
  if (run?.state !== "running" || performance.now() - toldAt < 10_000) return;
  toldAt = performance.now();
  announce(`${formatCount(run.seen.files)} files so far.`);
}, 1000);

requestAnimationFrame(showAgain);
try {
  const folders = await client.send(new ListFolders({ folder: "" }));
  const root = element("root");
  root.textContent = `${printable(folders.root).split("/").at(-1)}/`;
  root.title = folders.root;
  limit.value = String(Math.min(folders.limit, Number(limit.max)));
  serverText = "Choose a folder, or take all of it, and start.";
  start.disabled = false;
  folder.focus();
} catch (error) {
  serverText = reasonOf(error);
}
