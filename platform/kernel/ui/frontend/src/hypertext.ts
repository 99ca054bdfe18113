/** htmx, bound to a policy without evaluated code or inline styles, and how its failures are told. */

import htmx from "htmx.org";
import { askToConfirm, confirmationOf } from "./confirm";
import { alarm, sentence } from "./messages";
import { csrfToken, reloadOnce } from "./requests";
import { touch } from "./session";

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  // Nothing of a page is kept by the browser: going back asks the server again.
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  timeout: 20_000,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true, error: false },
    { code: "[45]..", swap: false, error: true },
  ],
});

interface RequestDetail {
  headers: Record<string, string>;
  triggeringEvent?: Event;
}

interface AnswerDetail {
  xhr: XMLHttpRequest;
  elt: Element;
  requestConfig?: RequestDetail;
}

const inBackground = (event?: Event): boolean => event?.type.startsWith("live") ?? false;

function refusalIn(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  return page.querySelector("[data-refused] .notice-title")?.textContent?.trim() ?? "";
}

export function startHypertext(): void {
  const on = <T>(name: string, act: (detail: T) => void): void =>
    document.addEventListener(name, (event) => act((event as CustomEvent<T>).detail));

  on<RequestDetail>("htmx:configRequest", (detail) => {
    detail.headers["X-CSRFToken"] = csrfToken();
    if (inBackground(detail.triggeringEvent)) detail.headers["X-Background"] = "1";
  });
  on<AnswerDetail>("htmx:afterRequest", ({ xhr, requestConfig }) => {
    const refreshed = xhr.status > 0 && xhr.status < 500;
    if (refreshed && !inBackground(requestConfig?.triggeringEvent)) {
      touch(xhr);
    }
  });
  on<AnswerDetail>("htmx:responseError", ({ xhr, elt, requestConfig }) => {
    const address = confirmationOf(xhr);
    if (address) {
      if (!inBackground(requestConfig?.triggeringEvent)) {
        void askToConfirm(address, () => again(elt, requestConfig));
      }
      return;
    }
    const ended = [401, 403, 404].includes(xhr.status);
    if (ended && inBackground(requestConfig?.triggeringEvent) && reloadOnce()) return;
    alarm(refusalIn(xhr.responseText) || sentence("request.failed"));
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    on<AnswerDetail>(name, ({ requestConfig }) => {
      if (!inBackground(requestConfig?.triggeringEvent)) alarm(sentence("request.offline"));
    });
  }
}

/** The same request once more, by the same form, with the same key. */
function again(elt: Element, request?: RequestDetail): void {
  if (elt instanceof HTMLFormElement) {
    delete elt.dataset["sent"];
    elt.requestSubmit();
  } else {
    htmx.trigger(elt, request?.triggeringEvent?.type ?? "click");
  }
}

/** Calls ``act`` for the page and for everything that is swapped into it later. */
export function whenLoaded(act: (root: Element) => void): void {
  htmx.onLoad((element) => {
    if (element instanceof Element) act(element);
  });
}
