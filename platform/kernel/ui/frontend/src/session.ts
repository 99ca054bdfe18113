/**
 * Warns before an idle session ends. When it has ended the page is covered, and what was typed
 * stays under the cover until the same person has signed in again, here or in another tab.
 */

import { announce, sentence } from "./messages";
import { renewToken } from "./requests";
import { somethingTyped } from "./typed";

const WARNING = 120;
const LONG_AGO = 60_000;

const meta = (name: string): string =>
  document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

const idleSeconds = Number(meta("session-idle-seconds"));
const person = meta("session-person");
const address = meta("session-keepalive-url") || "/api/v1/session/";
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("rempart-session") : null;
let endsAt = Date.now() + Number(meta("session-left-seconds") || idleSeconds) * 1000;
let heardAt = Date.now();
let covered = false;

interface Said {
  seat?: string;
  charter_signed?: boolean;
}

/** The server has just heard from this person: it says how long the session lasts now. */
export function touch(answer?: Response | XMLHttpRequest): void {
  const said =
    answer instanceof XMLHttpRequest
      ? answer.getResponseHeader("X-Session-Left")
      : answer?.headers.get("X-Session-Left");
  noteEnd(said ? Number(said) : idleSeconds);
  tabs?.postMessage(left());
}

function noteEnd(seconds: number): void {
  heardAt = Date.now();
  endsAt = heardAt + seconds * 1000;
}

const left = (): number => Math.ceil((endsAt - Date.now()) / 1000);

function spoken(seconds: number): string {
  return seconds >= 60
    ? sentence("session.minutes", { count: Math.ceil(seconds / 60) })
    : sentence("session.seconds", { count: Math.max(seconds, 0) });
}

/** Asks whose session it is. In the background, asking does not keep it alive. */
async function ask(background: boolean): Promise<Response | null> {
  try {
    return await fetch(address, {
      credentials: "same-origin",
      redirect: "manual",
      headers: background ? { "X-Background": "1" } : {},
    });
  } catch {
    return null;
  }
}

/** True while the session lives; the end is taken from the answer. Without one, nothing is known. */
async function alive(background: boolean): Promise<boolean | null> {
  const answer = await ask(background);
  if (!answer || answer.status >= 500) return null;
  if (!answer.ok) return false;
  const said = answer.headers.get("X-Session-Left");
  if (said) noteEnd(Number(said));
  else if (!background) noteEnd(idleSeconds);
  tabs?.postMessage(left());
  return true;
}

/** The page cannot go on as it is: away from it, unless that would take words away. */
export async function leave(): Promise<void> {
  if (!somethingTyped()) return location.reload();
  const answer = await ask(true);
  const said = answer?.ok ? ((await answer.json().catch(() => ({}))) as Said) : {};
  cover(said.charter_signed === false ? "charter" : "session");
}

function cover(why: "charter" | "session"): void {
  const dialog = document.querySelector<HTMLDialogElement>("[data-session-over]");
  if (!dialog || covered) return;
  covered = true;
  for (const part of dialog.querySelectorAll<HTMLElement>("[data-over]")) {
    part.hidden = part.dataset["over"] !== why;
  }
  document.body.dataset["over"] = why;
  dialog.showModal();
}

/** Lifts the cover for the same person alone: somebody else must not find these words. */
async function comeBack(): Promise<void> {
  if (!covered) return;
  const answer = await ask(true);
  if (!answer?.ok) return;
  const said = (await answer.json().catch(() => ({}))) as Said;
  if (said.seat !== person) return location.reload();
  if (said.charter_signed === false || !(await renewToken())) return;
  covered = false;
  delete document.body.dataset["over"];
  document.querySelector<HTMLDialogElement>("[data-session-over]")?.close();
  announce(sentence("session.resumed"));
  document.dispatchEvent(new CustomEvent("session:renewed"));
}

/** Before a form is sent after a while: false, and a cover, when there is no session any more. */
export async function maySend(): Promise<boolean> {
  if (!person || Date.now() - heardAt < LONG_AGO) return true;
  if ((await alive(true)) !== false) return true;
  cover("session");
  return false;
}

export const shouldAsk = (): boolean => Boolean(person) && Date.now() - heardAt >= LONG_AGO;

function startCover(): void {
  const dialog = document.querySelector<HTMLDialogElement>("[data-session-over]");
  dialog?.addEventListener("cancel", (event) => event.preventDefault());
  dialog
    ?.querySelector("[data-session-resume]")
    ?.addEventListener("click", () => void comeBack());
  dialog
    ?.querySelector("[data-session-abandon]")
    ?.addEventListener("click", () => location.reload());
  addEventListener("focus", () => void comeBack());
  document.addEventListener("visibilitychange", () => void comeBack());
}

export function startSession(): void {
  // A page that comes back from the browser's memory may show what is no longer allowed.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  const warning = document.querySelector<HTMLElement>("[data-session-warning]");
  if (!warning || !(idleSeconds > 0)) return;
  startCover();
  if (tabs) {
    tabs.onmessage = (event: MessageEvent<number>) => {
      if (covered) void comeBack();
      else noteEnd(Number(event.data));
    };
    tabs.postMessage(left());
  }

  const counter = warning.querySelector("[data-session-left]");
  const button = warning.querySelector<HTMLElement>("[data-session-stay]");
  let shown = "";
  let asking = false;

  button?.addEventListener("click", () => {
    void alive(false).then((lives) => {
      if (lives === false) return leave();
      // Nothing puts the longest life of a session off.
      if (lives && left() <= WARNING) {
        button.hidden = true;
        announce(sentence("session.final"));
      }
      return check();
    });
  });

  const warn = (seconds: number): void => {
    if (warning.hidden) {
      warning.hidden = false;
      document.dispatchEvent(new CustomEvent("session:ending"));
      announce(sentence("session.warning", { left: spoken(seconds) }));
    }
    const words = spoken(seconds);
    if (counter && words !== shown) counter.textContent = shown = words;
  };

  /** What this page believes is checked with the server before it is acted upon. */
  const check = async (): Promise<void> => {
    if (covered || asking || left() > WARNING) {
      if (left() > WARNING) warning.hidden = true;
      return;
    }
    if (warning.hidden || left() <= 0) {
      asking = true;
      const lives = await alive(true);
      asking = false;
      if (lives === false || (lives === null && left() <= 0)) {
        warning.hidden = true;
        return leave();
      }
    }
    if (left() <= WARNING) warn(left());
    else warning.hidden = true;
  };
  setInterval(() => void check(), 1000);
  document.addEventListener("visibilitychange", () => void check());
}
