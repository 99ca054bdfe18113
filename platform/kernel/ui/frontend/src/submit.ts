/** Sending a form once, and leading people to what is wrong in it. */

import { sentence } from "./messages";
import { maySend, shouldAsk } from "./session";

const AGAIN_AFTER = 8000;

export function startSubmit(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || !form.matches("[data-form]")) return;
    if (form.dataset["sent"] !== undefined) {
      event.preventDefault();
      return;
    }
    // Words sent without a session would be lost: the server is asked first, after a while.
    if (shouldAsk() && form.method === "post" && !form.hasAttribute("hx-post")) {
      event.preventDefault();
      const submitter = event.submitter;
      void maySend().then((may) => {
        if (may) form.requestSubmit(submitter);
      });
      return;
    }
    form.dataset["sent"] = "";
    event.submitter?.setAttribute("aria-disabled", "true");
    // An answer may be a file, which leaves this page where it is.
    setTimeout(() => {
      delete form.dataset["sent"];
      event.submitter?.removeAttribute("aria-disabled");
    }, AGAIN_AFTER);
  });

  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("[data-error-summary] a");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.closest(".field")?.scrollIntoView({ block: "nearest" });
  });
}

/** The summary of errors takes the focus, and the title of the tab says that there are some. */
export function showErrors(root: ParentNode): void {
  const summary = root.querySelector<HTMLElement>("[data-error-summary]");
  if (!summary) return;
  summary.focus();
  const prefix = sentence("errors.prefix");
  if (!document.title.startsWith(prefix)) document.title = prefix + document.title;
}
