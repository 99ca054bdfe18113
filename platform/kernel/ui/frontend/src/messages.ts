/** The sentences of the page's language, which the layout carries in an inert template. */

const source = document.querySelector<HTMLTemplateElement>("template#ui-messages");

export function sentence(key: string, values: Record<string, string | number> = {}): string {
  const found = source?.content.querySelector(`[data-message="${key}"]`)?.textContent ?? "";
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Says something to people who do not see the page change. */
export function announce(text: string): void {
  const region = document.querySelector("[data-announce='polite']");
  if (!region || !text) return;
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 60);
}

/** Shows a passing message that interrupts; it goes away after a while or at a click. */
export function alarm(text: string): void {
  const region = document.querySelector("[data-announce='alert']");
  if (!region || !text) return;
  const notice = document.createElement("div");
  notice.className = "notice tone-danger";
  const body = document.createElement("div");
  body.className = "notice-body";
  const title = document.createElement("p");
  title.className = "notice-title";
  title.textContent = text;
  body.append(title);
  notice.append(body);
  notice.addEventListener("click", () => notice.remove());
  region.replaceChildren(notice);
  setTimeout(() => notice.remove(), 15_000);
}
