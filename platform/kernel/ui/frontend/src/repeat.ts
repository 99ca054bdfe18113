/** Groups of fields that repeat: adds and removes the forms of a Django formset. */

import { review } from "./conditional";
import { announce, sentence } from "./messages";

const each = (root: ParentNode, selector: string): HTMLElement[] => [
  ...root.querySelectorAll<HTMLElement>(selector),
];

class Repeat {
  private readonly items: HTMLElement;
  private readonly template: HTMLTemplateElement;
  private readonly total: HTMLInputElement;
  private readonly add: HTMLButtonElement;

  constructor(private readonly box: HTMLElement) {
    const prefix = box.dataset["repeat"] ?? "";
    this.items = box.querySelector<HTMLElement>("[data-repeat-items]")!;
    this.template = box.querySelector<HTMLTemplateElement>("[data-repeat-template]")!;
    this.total = box.querySelector<HTMLInputElement>(`[name="${prefix}-TOTAL_FORMS"]`)!;
    this.add = box.querySelector<HTMLButtonElement>("[data-repeat-add]")!;
    this.add.hidden = false;
    this.add.addEventListener("click", () => this.append());
    box.addEventListener("click", (event) => {
      const button = (event.target as Element).closest("[data-repeat-remove]");
      const item = button?.closest<HTMLElement>("[data-repeat-item]");
      if (item) this.remove(item);
    });
    this.count();
  }

  private visible(): HTMLElement[] {
    return each(this.items, "[data-repeat-item]").filter((item) => !item.hidden);
  }

  private append(): void {
    const index = this.total.value;
    const copy = document.importNode(this.template.content, true);
    for (const element of copy.querySelectorAll("*")) {
      for (const attribute of element.attributes) {
        attribute.value = attribute.value.replaceAll("__prefix__", index);
      }
    }
    const item = copy.querySelector<HTMLElement>("[data-repeat-item]")!;
    this.items.append(copy);
    this.total.value = String(Number(index) + 1);
    this.changed(item, "repeat.added");
    item.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea")?.focus();
  }

  private remove(item: HTMLElement): void {
    const mark = item.querySelector<HTMLInputElement>("[data-repeat-delete] input");
    if (mark) {
      mark.checked = true;
      item.hidden = true;
    } else {
      item.remove();
    }
    this.changed(item, "repeat.removed");
    this.add.focus();
  }

  private changed(item: HTMLElement, message: string): void {
    announce(sentence(message, { item: item.dataset["repeatName"] ?? "" }));
    this.count();
    const form = this.box.closest("form");
    if (!form) return;
    review(form);
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private count(): void {
    const visible = this.visible();
    const needed = visible.length <= Number(this.box.dataset["repeatLeast"] ?? 0);
    visible.forEach((item, index) => {
      const number = item.querySelector("[data-repeat-number]");
      if (number) number.textContent = String(index + 1);
      for (const button of each(item, "[data-repeat-remove]")) button.hidden = needed;
    });
    this.add.hidden = visible.length >= Number(this.box.dataset["repeatMost"] ?? Infinity);
  }
}

export function startRepeat(root: ParentNode): void {
  for (const box of each(root, "[data-repeat]")) {
    if (box.dataset["repeatReady"] !== undefined) continue;
    box.dataset["repeatReady"] = "";
    new Repeat(box);
  }
}
