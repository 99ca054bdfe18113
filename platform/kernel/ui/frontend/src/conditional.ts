/** Parts of a form that matter only while another field has certain values. */

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement | HTMLButtonElement;

function holds(condition: string, given: FormData): boolean {
  const at = condition.indexOf("=");
  const name = at < 0 ? condition : condition.slice(0, at);
  const values = given.getAll(name).filter((value) => typeof value === "string" && value !== "");
  if (at < 0) return values.length > 0;
  const wanted = condition.slice(at + 1).split("|");
  return values.some((value) => wanted.includes(value as string));
}

/** What is hidden is not sent, and comes back as it was when it is shown again. */
function show(part: HTMLElement, shown: boolean): void {
  part.hidden = !shown;
  part.toggleAttribute("data-shown", shown);
  for (const control of part.querySelectorAll<Control>("input, select, textarea, button")) {
    if (shown && control.dataset["heldBack"] !== undefined) {
      control.disabled = false;
      delete control.dataset["heldBack"];
    } else if (!shown && !control.disabled) {
      control.disabled = true;
      control.dataset["heldBack"] = "";
    }
  }
}

/** In the order of the page, so that an outer part decides before the parts inside it. */
export function review(form: HTMLFormElement): void {
  for (const part of form.querySelectorAll<HTMLElement>("[data-show-when]")) {
    show(part, holds(part.dataset["showWhen"] ?? "", new FormData(form)));
  }
}

export function startConditional(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form")) {
    if (!form.querySelector("[data-show-when]") || form.dataset["reviewed"] !== undefined) continue;
    form.dataset["reviewed"] = "";
    form.addEventListener("input", () => review(form));
    form.addEventListener("change", () => review(form));
    review(form);
  }
}
