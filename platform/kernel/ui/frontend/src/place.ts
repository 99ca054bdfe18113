/** Keeps a person's place in a part that is drawn again: what has the focus, what is unfolded. */

interface Place {
  focused: { name: string; rank: number } | null;
  unfolded: Set<string>;
}

const places = new Map<string, Place>();
const REACHABLE = "a[href], button, summary, [tabindex]";

const nameOf = (element: Element): string =>
  [element.tagName, element.getAttribute("href"), element.textContent?.trim()].join(" ");

const reachable = (part: Element): HTMLElement[] => [
  ...part.querySelectorAll<HTMLElement>(REACHABLE),
];

const folds = (part: Element): HTMLDetailsElement[] => [
  ...part.querySelectorAll<HTMLDetailsElement>("details"),
];

const titleOf = (fold: Element): string => fold.querySelector("summary")?.textContent?.trim() ?? "";

/** To be called just before the part is replaced. */
export function remember(part: Element): void {
  const active = document.activeElement;
  let focused: Place["focused"] = null;
  if (active && active !== part && part.contains(active)) {
    const name = nameOf(active);
    const alike = reachable(part).filter((element) => nameOf(element) === name);
    focused = { name, rank: alike.indexOf(active as HTMLElement) };
  }
  const unfolded = new Set(folds(part).filter((fold) => fold.open).map(titleOf));
  places.set(part.id, { focused, unfolded });
}

/** To be called with the part that has taken its place. */
export function restore(part: Element): void {
  const place = places.get(part.id);
  if (!place) return;
  places.delete(part.id);
  for (const fold of folds(part)) fold.open = place.unfolded.has(titleOf(fold)) || fold.open;
  const { focused } = place;
  if (!focused || part.contains(document.activeElement)) return;
  const alike = reachable(part).filter((element) => nameOf(element) === focused.name);
  const again = alike[focused.rank] ?? alike[0];
  if (again) {
    again.focus({ preventScroll: true });
  } else {
    part.setAttribute("tabindex", "-1");
    (part as HTMLElement).focus({ preventScroll: true });
  }
}
