/** Warns before an idle session ends, and leaves the page when it has ended. */

import { sentence } from "./messages";

const WARNING = 120;

const meta = (name: string): string =>
  document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

const idleSeconds = Number(meta("session-idle-seconds"));
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("rempart-session") : null;
let renewedAt = Date.now();

/** The server has just heard from this person, so the idle time starts again, in every tab. */
export function touch(answer?: Response | XMLHttpRequest): void {
  const said =
    answer instanceof XMLHttpRequest
      ? answer.getResponseHeader("X-Session-Left")
      : answer?.headers.get("X-Session-Left");
  renewedAt = Date.now() - (said ? Math.max(0, idleSeconds - Number(said)) * 1000 : 0);
  tabs?.postMessage("renewed");
}

function left(): number {
  return Math.ceil(idleSeconds - (Date.now() - renewedAt) / 1000);
}

function spoken(seconds: number): string {
  return seconds >= 60
    ? sentence("session.minutes", { count: Math.ceil(seconds / 60) })
    : sentence("session.seconds", { count: Math.max(seconds, 0) });
}

async function stay(dialog: HTMLDialogElement): Promise<void> {
  try {
    const address = meta("session-keepalive-url") || "/";
    const response = await fetch(address, { credentials: "same-origin", redirect: "manual" });
    if (response.ok) {
      touch();
      dialog.close();
    } else {
      location.reload();
    }
  } catch {
    // Offline: the warning stays, the next press tries again.
  }
}

export function startSession(): void {
  // A page that comes back from the browser's memory may show what is no longer allowed.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  const dialog = document.querySelector<HTMLDialogElement>("[data-session-warning]");
  if (!dialog || !(idleSeconds > 0)) return;

  if (tabs) tabs.onmessage = () => (renewedAt = Date.now());
  dialog
    .querySelector("[data-session-stay]")
    ?.addEventListener("click", () => void stay(dialog));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    void stay(dialog);
  });

  const counter = dialog.querySelector("[data-session-left]");
  let shown = "";
  const check = (): void => {
    const seconds = left();
    if (seconds <= 0) {
      location.reload();
    } else if (seconds <= WARNING) {
      if (!dialog.open) {
        document.dispatchEvent(new CustomEvent("session:ending"));
        dialog.showModal();
      }
      const words = spoken(seconds);
      if (counter && words !== shown) counter.textContent = shown = words;
    } else if (dialog.open) {
      dialog.close();
    }
  };
  setInterval(check, 1000);
  document.addEventListener("visibilitychange", check);
}
