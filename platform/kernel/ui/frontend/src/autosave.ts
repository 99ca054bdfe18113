/**
 * Saves a form while it is filled in.
 *
 * What is typed stays in the page until the server has it: nothing goes to the browser's storage.
 * The wire is described in the README of the components.
 */

import { sentence } from "./messages";
import { delayBefore, post, renewToken } from "./requests";

const IDLE = 1500;
const NOT_CONTENT = new Set(["csrfmiddlewaretoken", "_key", "_seat", "_version"]);

interface Refusal {
  message?: string;
  version?: number;
  changed?: Record<string, unknown>;
  fields?: Record<string, string[]>;
}

async function refusalOf(response: Response): Promise<Refusal> {
  try {
    const body = (await response.json()) as { error?: Refusal } & Refusal;
    return body.error ?? body;
  } catch {
    return {};
  }
}

class Draft {
  private saved: string;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private attempts = 0;
  private stopped = false;
  private ended = false;
  private leaving = false;
  private readonly state: HTMLElement | null;
  private readonly conflict: HTMLElement | null;

  constructor(private readonly form: HTMLFormElement, private readonly url: string) {
    this.state = form.querySelector<HTMLElement>("[data-autosave-state]");
    this.conflict = form.querySelector<HTMLElement>("[data-autosave-conflict]");
    // Words that came back with errors are not in the draft yet.
    const unsaved = "unsaved" in form.dataset || form.querySelector("[data-error-summary]");
    this.saved = unsaved ? "" : this.content();
    form.addEventListener("input", () => this.typed(IDLE));
    form.addEventListener("change", () => this.typed(IDLE));
    form.addEventListener("focusout", () => this.typed(0));
    form.addEventListener("submit", (event) => this.submitting(event));
    addEventListener("online", () => this.typed(0));
    addEventListener("pagehide", () => void this.save());
    document.addEventListener("session:ending", () => void this.save());
    addEventListener("focus", () => void this.comeBack());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") void this.save();
      else void this.comeBack();
    });
    addEventListener("beforeunload", (event) => {
      if (this.dirty() && !this.leaving) event.preventDefault();
    });
  }

  private values(): URLSearchParams {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) {
      if (typeof value === "string" && name !== "_key") values.append(name, value);
    }
    return values;
  }

  private content(): string {
    const values = this.values();
    for (const name of NOT_CONTENT) values.delete(name);
    return values.toString();
  }

  private dirty(): boolean {
    return this.content() !== this.saved;
  }

  private typed(wait: number): void {
    if (this.stopped || this.leaving || !this.dirty()) return;
    if (this.state?.dataset["state"] !== "failed") this.say("dirty", sentence("autosave.dirty"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), wait);
  }

  /** One request at a time: the next one needs the version that this one brings back. */
  private async save(): Promise<void> {
    if (this.running || this.stopped || this.leaving || !this.dirty()) return;
    clearTimeout(this.timer);
    this.running = this.send();
    await this.running;
    this.running = null;
    if (!this.timer) this.typed(IDLE);
  }

  private async send(): Promise<void> {
    const content = this.content();
    if (this.state?.dataset["state"] !== "failed") this.say("saving", sentence("autosave.saving"));
    this.timer = undefined;
    let response: Response;
    try {
      response = await post(this.url, this.values(), { "X-Autosave": "1" });
    } catch {
      this.say("failed", sentence("autosave.offline"));
      this.retry();
      return;
    }
    if (response.ok) {
      this.accepted(content, (await response.json().catch(() => ({}))) as { version?: number });
    } else if (response.type === "opaqueredirect" || response.status === 401) {
      this.end();
    } else if (response.status === 403 && !this.ended) {
      // Signed in again in another tab: the page still holds the token of the old session.
      this.end();
      await this.renew();
    } else if (response.status === 409) {
      this.disagree(await refusalOf(response));
    } else if (response.status >= 500 || response.status === 429) {
      this.fail(sentence("autosave.unavailable"));
      this.retry();
    } else {
      this.refused(content, await refusalOf(response));
    }
  }

  private end(): void {
    this.fail(sentence("autosave.ended"));
    this.ended = this.stopped = true;
  }

  /** Back from the tab where the person has signed in again, perhaps. */
  private async comeBack(): Promise<void> {
    if (!this.ended || this.running) return;
    this.running = this.renew();
    await this.running;
    this.running = null;
    void this.save();
  }

  private async renew(): Promise<void> {
    if (!(await renewToken())) return;
    this.stopped = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), 0);
  }

  private accepted(content: string, answer: { version?: number }): void {
    this.saved = content;
    this.ended = false;
    this.attempts = 0;
    this.setVersion(answer.version);
    const time = new Date().toLocaleTimeString(document.documentElement.lang, {
      hour: "2-digit",
      minute: "2-digit",
    });
    this.say("saved", sentence("autosave.saved", { time }));
  }

  private setVersion(version: number | undefined): void {
    const field = this.form.querySelector<HTMLInputElement>("input[name='_version']");
    if (field && version !== undefined) field.value = String(version);
  }

  private retry(): void {
    const wait = delayBefore(this.attempts++, 1000, 30_000);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), wait);
  }

  /** The same words would be refused again, so it waits for other words. */
  private refused(content: string, refusal: Refusal): void {
    const fields = Object.values(refusal.fields ?? {}).flat();
    this.fail([refusal.message, ...fields].filter(Boolean).join(" ") || sentence("autosave.refused"));
    const again = (): void => {
      if (this.content() === content) return;
      this.stopped = false;
      this.form.removeEventListener("input", again);
      this.typed(IDLE);
    };
    this.stopped = true;
    this.form.addEventListener("input", again);
  }

  private disagree(refusal: Refusal): void {
    this.stopped = true;
    this.fail(refusal.message ?? sentence("autosave.conflict"));
    const box = this.conflict;
    if (!box) return;
    const paragraph = document.createElement("p");
    paragraph.textContent = sentence("autosave.conflict_detail");
    const list = document.createElement("dl");
    list.className = "definitions";
    for (const [label, value] of Object.entries(refusal.changed ?? {})) {
      const row = document.createElement("div");
      row.className = "definition";
      const term = document.createElement("dt");
      const text = document.createElement("dd");
      term.textContent = label;
      text.textContent = String(value);
      row.append(term, text);
      list.append(row);
    }
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    if (refusal.version !== undefined) {
      buttons.append(this.button("autosave.keep", () => this.keep(refusal.version)));
    }
    buttons.append(
      this.button("autosave.reload", () => {
        this.leaving = true;
        location.reload();
      }),
    );
    box.replaceChildren(paragraph, list, buttons);
    box.hidden = false;
  }

  private button(message: string, act: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-secondary";
    button.textContent = sentence(message);
    button.addEventListener("click", act);
    return button;
  }

  private keep(version: number | undefined): void {
    this.setVersion(version);
    this.stopped = false;
    if (this.conflict) this.conflict.hidden = true;
    void this.save();
  }

  private submitting(event: SubmitEvent): void {
    if (!this.running) {
      clearTimeout(this.timer);
      this.leaving = true;
      return;
    }
    // The version that comes back must go with the form, or the form would look stale.
    event.preventDefault();
    event.stopPropagation();
    void this.running.then(() => this.form.requestSubmit(event.submitter));
  }

  private fail(reason: string): void {
    this.say("failed", sentence("autosave.failed", { reason }));
  }

  private say(state: string, text: string): void {
    if (!this.state) return;
    this.state.dataset["state"] = state;
    if (this.state.textContent !== text) this.state.textContent = text;
  }
}

export function startAutosave(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-autosave]")) {
    const url = form.dataset["autosaveUrl"];
    if (!url || form.dataset["autosaveReady"] !== undefined) continue;
    form.dataset["autosaveReady"] = "";
    new Draft(form, url);
  }
}
