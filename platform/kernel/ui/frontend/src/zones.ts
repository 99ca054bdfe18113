/** Parts of a page to hide, drawn on its picture by mouse, finger and keyboard. The fields count. */

import { announce, sentence } from "./messages";

const SIDES = ["left", "top", "width", "height"] as const;
type Box = Record<(typeof SIDES)[number], number>;
type Point = { x: number; y: number };

const LEAST = 0.5;
const FIRST: Box = { left: 30, top: 45, width: 40, height: 10 };
const TOWARDS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

const between = (value: number, least: number, most: number): number =>
  Math.round(10 * Math.min(Math.max(value, least), most)) / 10;

/** Moved, it keeps its size; sized, it keeps its corner; neither ever leaves the page. */
const moved = (box: Box, by: Point): Box => ({
  ...box,
  left: between(box.left + by.x, 0, 100 - box.width),
  top: between(box.top + by.y, 0, 100 - box.height),
});
const sized = (box: Box, by: Point): Box => ({
  ...box,
  width: between(box.width + by.x, LEAST, 100 - box.left),
  height: between(box.height + by.y, LEAST, 100 - box.top),
});

function spanned(from: Point, to: Point): Box {
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
  return {
    left: between(left, 0, 100),
    top: between(top, 0, 100),
    width: between(Math.min(right, 100) - Math.max(left, 0), 0, 100),
    height: between(Math.min(bottom, 100) - Math.max(top, 0), 0, 100),
  };
}

class Zones {
  private readonly drawn = new Map<HTMLElement, HTMLButtonElement>();
  private readonly add: HTMLButtonElement;
  private saying = 0;

  constructor(
    form: HTMLFormElement,
    private readonly repeat: HTMLElement,
    private readonly sheets: HTMLElement[],
  ) {
    this.add = repeat.querySelector<HTMLButtonElement>("[data-repeat-add]")!;
    for (const sheet of sheets) {
      const area = sheet.querySelector<HTMLElement>("[data-sheet-area]")!;
      const tools = sheet.querySelector<HTMLElement>("[data-sheet-tools]")!;
      tools.hidden = false;
      tools.querySelector("button")!.addEventListener("click", () => this.append(sheet, FIRST));
      area.addEventListener("pointerdown", (event) => this.press(event, sheet, area));
      area.addEventListener("keydown", (event) => this.key(event, sheet));
    }
    form.addEventListener("change", () => this.draw());
    form.addEventListener("input", () => this.draw());
    this.draw();
  }

  private items(): HTMLElement[] {
    const found = this.repeat.querySelectorAll<HTMLElement>("[data-repeat-items] [data-repeat-item]");
    return [...found].filter((item) => !item.hidden);
  }

  private field(item: HTMLElement, name: string): HTMLInputElement {
    return item.querySelector<HTMLInputElement>(`[name$="-${name}"]`)!;
  }

  private boxOf(item: HTMLElement): Box | null {
    const values = SIDES.map((side) => this.field(item, side).valueAsNumber);
    if (values.some(Number.isNaN)) return null;
    const [left, top, width, height] = values as [number, number, number, number];
    return { left, top, width, height };
  }

  private write(item: HTMLElement, box: Box): void {
    for (const side of SIDES) this.field(item, side).value = String(box[side]);
    this.draw();
    clearTimeout(this.saying);
    this.saying = window.setTimeout(() => announce(this.drawn.get(item)?.ariaLabel ?? ""), 500);
  }

  private itemOf(element: Element): HTMLElement | undefined {
    const button = element.closest("[data-zone]");
    return [...this.drawn].find(([, drawn]) => drawn === button)?.[0];
  }

  private draw(): void {
    const items = this.items();
    for (const [item, button] of this.drawn) {
      if (items.includes(item)) continue;
      button.remove();
      this.drawn.delete(item);
    }
    items.forEach((item, index) => this.place(item, index + 1));
  }

  private place(item: HTMLElement, number: number): void {
    const [box, page] = [this.boxOf(item), this.field(item, "page").value];
    const sheet = this.sheets.find((one) => one.dataset["sheet"] === page);
    const button = this.drawn.get(item) ?? this.fresh(item);
    button.hidden = !box || !sheet;
    if (!box || !sheet) return;
    const area = sheet.querySelector("[data-sheet-area]")!;
    if (button.parentElement !== area) area.append(button);
    for (const side of SIDES) button.style[side] = `${box[side]}%`;
    button.ariaLabel = sentence("zone.label", { number, page, ...box });
  }

  private fresh(item: HTMLElement): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sheet-zone";
    button.dataset["zone"] = "";
    const handle = document.createElement("span");
    handle.className = "sheet-zone-handle";
    handle.dataset["zoneHandle"] = "";
    button.append(handle);
    const hint = this.sheets[0]?.querySelector("[data-sheet-tools] p")?.id;
    if (hint) button.setAttribute("aria-describedby", hint);
    this.drawn.set(item, button);
    return button;
  }

  private append(sheet: HTMLElement, box: Box): void {
    if (this.add.hidden) return;
    this.add.click();
    const item = this.items().at(-1)!;
    this.field(item, "page").value = sheet.dataset["sheet"]!;
    this.write(item, box);
    this.drawn.get(item)?.focus();
  }

  private remove(item: HTMLElement, sheet: HTMLElement): void {
    item.querySelector<HTMLButtonElement>("[data-repeat-remove]")?.click();
    this.draw();
    sheet.querySelector<HTMLButtonElement>("[data-sheet-tools] button")?.focus();
  }

  private key(event: KeyboardEvent, sheet: HTMLElement): void {
    const item = this.itemOf(event.target as Element);
    const box = item && this.boxOf(item);
    if (!item || !box) return;
    const by = TOWARDS[event.key];
    if (by) this.write(item, event.shiftKey ? sized(box, by) : moved(box, by));
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(item, sheet);
    else return;
    event.preventDefault();
  }

  private press(event: PointerEvent, sheet: HTMLElement, area: HTMLElement): void {
    const target = event.target as Element;
    const item = this.itemOf(target);
    // A finger on the page scrolls it; on a part it moves the part.
    if (event.button !== 0 || (!item && event.pointerType === "touch")) return;
    event.preventDefault();
    area.setPointerCapture(event.pointerId);
    const from = pointOn(area, event);
    if (item) this.drag(area, item, from, target.matches("[data-zone-handle]") ? sized : moved);
    else this.trace(sheet, area, from);
  }

  private drag(
    area: HTMLElement,
    item: HTMLElement,
    from: Point,
    change: (box: Box, by: Point) => Box,
  ): void {
    const box = this.boxOf(item);
    if (!box) return;
    this.drawn.get(item)?.focus();
    follow(area, (to) => this.write(item, change(box, { x: to.x - from.x, y: to.y - from.y })));
  }

  private trace(sheet: HTMLElement, area: HTMLElement, from: Point): void {
    const shown = document.createElement("div");
    shown.className = "sheet-zone";
    area.append(shown);
    let box: Box | null = null;
    follow(
      area,
      (to) => {
        box = spanned(from, to);
        for (const side of SIDES) shown.style[side] = `${box[side]}%`;
      },
      () => {
        shown.remove();
        if (box && box.width >= 1 && box.height >= LEAST) this.append(sheet, box);
      },
    );
  }
}

function pointOn(area: HTMLElement, event: PointerEvent): Point {
  const { left, top, width, height } = area.getBoundingClientRect();
  return {
    x: (100 * (event.clientX - left)) / width,
    y: (100 * (event.clientY - top)) / height,
  };
}

/** Tells where the pointer goes until it is let go of. */
function follow(area: HTMLElement, at: (to: Point) => void, end: () => void = () => undefined): void {
  const move = (event: PointerEvent): void => at(pointOn(area, event));
  const stop = (): void => {
    area.removeEventListener("pointermove", move);
    area.removeEventListener("pointerup", stop);
    area.removeEventListener("pointercancel", stop);
    end();
  };
  area.addEventListener("pointermove", move);
  area.addEventListener("pointerup", stop);
  area.addEventListener("pointercancel", stop);
}

export function startZones(root: ParentNode): void {
  for (const repeat of root.querySelectorAll<HTMLElement>("[data-repeat]")) {
    const form = repeat.closest("form");
    if (!form || repeat.dataset["zonesReady"] !== undefined) continue;
    const prefix = repeat.dataset["repeat"] ?? "";
    const sheets = form.querySelectorAll<HTMLElement>(`[data-sheet-zones="${prefix}"]`);
    if (!sheets.length) continue;
    repeat.dataset["zonesReady"] = "";
    new Zones(form, repeat, [...sheets]);
  }
}
