/**
 * Follows numbered rooms. Each element with data-live-room hears what happens there:
 * "live:<kind>" for each event, and one "live" for those that come close together.
 */

import { alarm, announce, sentence } from "./messages";
import { delayBefore, reloadOnce } from "./requests";
import { leave } from "./session";
import { overWebSocket, type Down, type Transport } from "./transport";
import { somethingTyped, touched } from "./typed";

const TOGETHER = 150;
const LOOK_AGAIN = 1000;
const LEAST = 250;
const MOST = 8000;
const NO_LONGER_ALLOWED = [4401, 4403];
/** A factor was shown and the session has a new key, whose cookie may be a moment behind. */
const RENEWED = 4410;
const FOR_THE_COOKIE = 800;

type Happening = Extract<Down, { type: "event" }>;

const last = new Map<string, number>();
const asked = new Map<string, number>();
const waiting = new Map<HTMLElement, Happening[]>();
let transport: Transport | null = null;
let connected = false;
let attempts = 0;
let renewals = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

const parts = (): HTMLElement[] => [
  ...document.querySelectorAll<HTMLElement>("[data-live-room]"),
];
const seqOf = (part: HTMLElement): number => Number(part.dataset["liveSeq"] ?? 0);

/** Somebody is answering inside: taking the part away would take their words. */
function busy(part: HTMLElement): boolean {
  const whole = part.closest("[data-live-refetch]");
  if (!whole) return false;
  const controls = [...whole.querySelectorAll("input, textarea, select")];
  const writing = controls.some((one) => one === document.activeElement || touched(one));
  return writing || whole.querySelector("dialog[open]") !== null;
}

/** Says, where it can be seen, that the part is older than what has happened. */
function showWaiting(part: HTMLElement): void {
  const whole = part.closest("[data-live-refetch]");
  if (!whole || whole.querySelector("[data-live-waiting]")) return;
  const text = sentence("live.waiting");
  const notice = document.createElement("p");
  notice.className = "live-waiting";
  notice.dataset["liveWaiting"] = "";
  notice.textContent = text;
  whole.prepend(notice);
  announce(text);
}

function deliver(part: HTMLElement): void {
  const happened = waiting.get(part) ?? [];
  if (!part.isConnected) {
    waiting.delete(part);
    return;
  }
  if (busy(part)) {
    showWaiting(part);
    setTimeout(() => deliver(part), LOOK_AGAIN);
    return;
  }
  waiting.delete(part);
  for (const detail of happened) {
    part.dispatchEvent(new CustomEvent(`live:${detail.kind}`, { bubbles: rings(part), detail }));
  }
  const detail = { seq: last.get(roomOf(part)) };
  part.dispatchEvent(new CustomEvent("live", { bubbles: rings(part), detail }));
  announce(part.dataset["liveAnnounce"] ?? "");
}

/** A watcher without content of its own rings for the part of the page around it. */
const rings = (part: HTMLElement): boolean => "liveRing" in part.dataset;

const roomOf = (part: HTMLElement): string => part.dataset["liveRoom"] ?? "";

function tell(part: HTMLElement, happening?: Happening): void {
  const queue = waiting.get(part);
  if (queue) {
    if (happening) queue.push(happening);
    return;
  }
  waiting.set(part, happening ? [happening] : []);
  setTimeout(() => deliver(part), TOGETHER);
}

function received(message: Down): void {
  attempts = renewals = 0;
  if (message.type === "ping") {
    transport?.send({ type: "pong" });
  } else if (message.type === "caught_up") {
    last.set(message.room, Math.max(message.seq, last.get(message.room) ?? 0));
  } else if (message.seq > (last.get(message.room) ?? 0)) {
    last.set(message.room, message.seq);
    for (const part of parts()) {
      if (roomOf(part) !== message.room || seqOf(part) >= message.seq) continue;
      part.dataset["liveSeq"] = String(message.seq);
      tell(part, message);
    }
  }
}

function watch(room: string): void {
  transport?.send({ type: "watch", room, last_seq: last.get(room) ?? 0 });
}

function show(state: "live" | "lost" | "ended"): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-live-state]")) {
    element.hidden = false;
    element.dataset["state"] = state;
    const text = element.querySelector("[data-live-text]");
    if (text) text.textContent = sentence(`live.${state}`);
  }
}

function ended(): void {
  show("ended");
  alarm(sentence("live.ended"));
  if (somethingTyped()) return void leave();
  for (const part of parts()) part.hidden = true;
  setTimeout(reloadOnce, 1500);
}

function connect(): void {
  clearTimeout(timer);
  timer = undefined;
  transport = overWebSocket("/live/", {
    opened() {
      connected = true;
      show("live");
      for (const room of last.keys()) watch(room);
    },
    received,
    closed(code) {
      transport = null;
      connected = false;
      if (code === RENEWED) renewals = 3;
      if (renewals > 0) {
        renewals -= 1;
        timer = setTimeout(connect, FOR_THE_COOKIE);
        return;
      }
      if (NO_LONGER_ALLOWED.includes(code)) return ended();
      show("lost");
      timer = setTimeout(connect, delayBefore(attempts++, LEAST, MOST));
    },
  });
}

/** Takes note of parts that came with the page or were swapped in since. */
export function watchParts(): void {
  for (const part of parts()) {
    const room = roomOf(part);
    const known = last.get(room);
    if (known === undefined) {
      last.set(room, seqOf(part));
      if (connected) watch(room);
    } else if (seqOf(part) < known && asked.get(room) !== known) {
      // It was drawn before the last event: ask once more for a fresher one.
      asked.set(room, known);
      tell(part);
    }
  }
  if (connected) show("live");
  if (last.size > 0 && !transport && !timer) connect();
}

/** The person may have signed in again: what could not be heard is asked for once more. */
function listenAgain(): void {
  if (transport || last.size === 0) return;
  renewals = 1;
  connect();
}

export function startLive(): void {
  document.addEventListener("session:renewed", listenAgain);
  addEventListener("online", () => {
    if (!transport && timer) connect();
  });
  addEventListener("pagehide", () => transport?.close());
}
