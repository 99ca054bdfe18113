/** The menu on a narrow screen, and the switch between light and dark. */

function startMenu(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-menu-button]");
  if (!button) return;
  const set = (open: boolean): void => {
    button.setAttribute("aria-expanded", String(open));
    for (const part of document.querySelectorAll("[data-menu-part]")) {
      part.toggleAttribute("data-open", open);
    }
  };
  button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || button.getAttribute("aria-expanded") !== "true") return;
    set(false);
    button.focus();
  });
}

function startThemeSwitch(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-theme-switch]");
  const label = button?.querySelector("[data-theme-label]");
  if (!button || !label) return;
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = (): boolean => (root.dataset["theme"] ?? (system.matches ? "dark" : "light")) === "dark";
  const name = (): void => {
    label.textContent = button.dataset[isDark() ? "labelLight" : "labelDark"] ?? "";
  };
  button.addEventListener("click", () => {
    const choice = isDark() ? "light" : "dark";
    root.dataset["theme"] = choice;
    try {
      localStorage.setItem("rempart-theme", choice);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    name();
  });
  system.addEventListener("change", name);
  name();
  button.hidden = false;
}

/** A click elsewhere or Escape closes the list of one's other places. */
function startPlaces(): void {
  const places = document.querySelector<HTMLDetailsElement>("[data-places]");
  if (!places) return;
  document.addEventListener("click", (event) => {
    if (!places.contains(event.target as Node)) places.open = false;
  });
  places.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !places.open) return;
    event.stopPropagation();
    places.open = false;
    places.querySelector("summary")?.focus();
  });
}

export function startLayout(): void {
  startMenu();
  startThemeSwitch();
  startPlaces();
}
