/** Asks for a second factor above the page, and goes on with the very act that needed it. */

import htmx from "htmx.org";
import { alarm, sentence } from "./messages";
import { touch } from "./session";

const IN_A_DIALOG = { "X-Dialog": "1" };

/** Where a refusal says that a factor can be shown, or nothing. */
export function confirmationOf(xhr: XMLHttpRequest): string {
  return xhr.status === 403 ? (xhr.getResponseHeader("X-Confirm") ?? "") : "";
}

/** Opens the question; ``goOn`` is called once the factor was right, and never otherwise. */
export async function askToConfirm(address: string, goOn: () => void): Promise<void> {
  if (document.querySelector("[data-confirming]")) return;
  const answer = await ask(address);
  if (answer) show(address, answer, goOn);
}

async function ask(address: string, body?: URLSearchParams): Promise<Response | null> {
  try {
    const response = await fetch(address, {
      method: body ? "POST" : "GET",
      credentials: "same-origin",
      redirect: "manual",
      headers: IN_A_DIALOG,
      ...(body ? { body } : {}),
    });
    if (response.type !== "opaqueredirect") {
      touch(response);
      return response;
    }
    location.assign(address);
  } catch {
    alarm(sentence("request.offline"));
  }
  return null;
}

function show(address: string, answer: Response, goOn: () => void): void {
  void answer.text().then((html) => {
    const found = new DOMParser().parseFromString(html, "text/html").querySelector("dialog");
    if (!found) return location.assign(address);
    const before = document.querySelector<HTMLDialogElement>("[data-confirming]");
    const back = before ? null : (document.activeElement as HTMLElement | null);
    const dialog = document.importNode(found, true);
    dialog.dataset["confirming"] = "";
    dialog.removeAttribute("open");
    if (before) before.replaceWith(dialog);
    else document.body.append(dialog);
    const stopLooking = lookElsewhere(dialog, address, goOn);
    dialog.addEventListener("close", () => {
      stopLooking();
      dialog.remove();
      if (back?.isConnected) back.focus();
    });
    dialog.addEventListener("submit", (event) => void send(event, dialog, address, goOn));
    htmx.process(dialog);
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-error-summary], input:not([type='hidden'])")?.focus();
  });
}

/** Back from another tab, where a provider may have seen a factor: then the act goes on. */
function lookElsewhere(dialog: HTMLDialogElement, address: string, goOn: () => void): () => void {
  const form = dialog
    .querySelector("input[name='way'][value='elsewhere']")
    ?.closest<HTMLFormElement>("form");
  if (!form) return () => undefined;
  const look = async (): Promise<void> => {
    if (document.hidden || !dialog.isConnected || form.dataset["asking"] !== undefined) return;
    form.dataset["asking"] = "";
    const answer = await ask(form.getAttribute("action") || address, valuesOf(form));
    delete form.dataset["asking"];
    if (answer?.status !== 204 || !dialog.isConnected) return;
    dialog.close();
    goOn();
  };
  const looked = (): void => void look();
  addEventListener("focus", looked);
  document.addEventListener("visibilitychange", looked);
  return () => {
    removeEventListener("focus", looked);
    document.removeEventListener("visibilitychange", looked);
  };
}

function valuesOf(form: HTMLFormElement): URLSearchParams {
  const values = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") values.append(name, value);
  }
  return values;
}

async function send(
  event: SubmitEvent,
  dialog: HTMLDialogElement,
  address: string,
  goOn: () => void,
): Promise<void> {
  event.preventDefault();
  event.stopPropagation();
  const form = event.target as HTMLFormElement;
  if (form.dataset["asking"] !== undefined) return;
  form.dataset["asking"] = "";
  const answer = await ask(form.getAttribute("action") || address, valuesOf(form));
  delete form.dataset["asking"];
  if (!answer) return;
  if (answer.status === 204) {
    dialog.close();
    goOn();
  } else if ([422, 429].includes(answer.status)) {
    show(address, answer, goOn);
  } else {
    alarm(sentence("request.failed"));
  }
}

/** Sends what was kept at once, unless the person came back to this page. */
export function startResend(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-resend]");
  const [arrival] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (form && arrival?.type === "navigate") form.requestSubmit();
}
