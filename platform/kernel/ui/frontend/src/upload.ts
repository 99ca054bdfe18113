/** Sends a chosen file in parts before its form goes, and goes on where it was interrupted. */

import { sentence } from "./messages";
import { csrfToken, delayBefore } from "./requests";
import { touch } from "./session";

interface Standing {
  id: string;
  received: number;
  part: number;
}

const MOST_TRIES = 40;
const CHOSEN = "input[type='file']:not(:disabled)";

export function startUploads(): void {
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      const place = form.querySelector<HTMLElement>("[data-upload]");
      const file = place?.querySelector<HTMLInputElement>(CHOSEN)?.files?.[0];
      if (!place || !file || file.size === 0) return;
      if (isBarred(form, place)) {
        // The form goes without it, and says why it is not accepted.
        for (const chooser of place.querySelectorAll<HTMLInputElement>(CHOSEN)) {
          chooser.disabled = true;
        }
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (place.dataset["busy"] === undefined) void send(form, place, file, event.submitter);
    },
    true,
  );
}

/** Whether what was answered says that the file must not be sent at all: "name=value". */
function isBarred(form: HTMLFormElement, place: HTMLElement): boolean {
  const [name, answer] = (place.dataset["uploadUnless"] ?? "").split("=");
  return !!name && new FormData(form).get(name) === answer;
}

async function send(
  form: HTMLFormElement,
  place: HTMLElement,
  file: File,
  submitter: HTMLElement | null,
): Promise<void> {
  const chooser = place.querySelector<HTMLInputElement>(CHOSEN);
  place.dataset["busy"] = "";
  submitter?.setAttribute("aria-disabled", "true");
  try {
    const standing = await deliver(place, file);
    value(place, "[data-upload-id]", standing.id);
    value(place, "[data-upload-name]", file.name.slice(0, 255));
    say(place, sentence("upload.checking"), 100);
    // The file has arrived: the form goes without it.
    if (chooser) chooser.disabled = true;
    delete place.dataset["busy"];
    submitter?.removeAttribute("aria-disabled");
    form.requestSubmit(submitter);
  } catch (error) {
    delete place.dataset["busy"];
    submitter?.removeAttribute("aria-disabled");
    say(place, error instanceof Refused ? error.message : sentence("upload.failed"), null);
  }
}

class Refused extends Error {}

async function deliver(place: HTMLElement, file: File): Promise<Standing> {
  const url = place.dataset["upload"] ?? "";
  let standing: Standing | null = null;
  let tries = 0;
  while (!standing || standing.received < file.size) {
    try {
      if (!standing) {
        const about = JSON.stringify({ case: place.dataset["uploadAbout"], size: file.size });
        standing = await ask(url, "POST", about, { "Content-Type": "application/json" });
      } else if (tries > 0) {
        // Interrupted: the server says how much has arrived.
        standing = await ask(`${url}${standing.id}/`, "GET");
        tries = 0;
      } else {
        const from: number = standing.received;
        standing = await ask(
          `${url}${standing.id}/parts/`,
          "POST",
          file.slice(from, from + standing.part),
          { "Content-Type": "application/octet-stream", "Upload-Offset": String(from) },
        );
      }
      const percent = Math.floor((100 * standing.received) / file.size);
      say(place, sentence("upload.sending", { percent }), percent);
    } catch (error) {
      tries += 1;
      if (error instanceof Refused || tries > MOST_TRIES) throw error;
      say(place, sentence("upload.waiting"), null);
      await new Promise((resolve) => setTimeout(resolve, delayBefore(tries, 400, 8000)));
    }
  }
  return standing;
}

async function ask(
  url: string,
  method: string,
  body: BodyInit | null = null,
  headers: Record<string, string> = {},
): Promise<Standing> {
  const response = await fetch(url, {
    method,
    body,
    credentials: "same-origin",
    redirect: "manual",
    headers: { Accept: "application/json", "X-CSRFToken": csrfToken(), ...headers },
  });
  if (response.ok) {
    touch(response);
    return (await response.json()) as Standing;
  }
  // 409: another part is expected. 5xx and 429: later. Everything else is an answer.
  if (response.status === 409 || response.status === 429 || response.status >= 500) {
    throw new Error(String(response.status));
  }
  throw new Refused(await reason(response));
}

async function reason(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as {
      error: { message: string; fields?: Record<string, string[]> };
    };
    return Object.values(error.fields ?? {})[0]?.[0] ?? error.message;
  } catch {
    return sentence("upload.failed");
  }
}

function say(place: HTMLElement, text: string, percent: number | null): void {
  const box = place.querySelector<HTMLElement>("[data-upload-progress]");
  const said = place.querySelector<HTMLElement>("[data-upload-said]");
  const bar = place.querySelector("progress");
  if (box) box.hidden = false;
  if (said && said.textContent !== text) said.textContent = text;
  if (bar && percent !== null) bar.value = percent;
}

function value(place: HTMLElement, selector: string, text: string): void {
  const field = place.querySelector<HTMLInputElement>(selector);
  if (field) field.value = text;
}
