/** What every request of our own carries. */

import { touch } from "./session";

/** The token of any form on the page: its cookie is out of reach of scripts. */
export function csrfToken(): string {
  const field = document.querySelector<HTMLInputElement>("input[name='csrfmiddlewaretoken']");
  if (field) return field.value;
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

/** Posts a form's values and asks for JSON. A redirect is never followed: it means sign in again. */
export async function post(
  url: string,
  values: URLSearchParams,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = values.toString();
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    redirect: "manual",
    // The browser finishes a small request even when the page goes away.
    keepalive: body.length < 60_000,
    headers: {
      "Accept": "application/json",
      "Content-Type": "application/x-www-form-urlencoded",
      "X-CSRFToken": csrfToken(),
      ...headers,
    },
    body,
  });
  if (response.ok) touch(response);
  return response;
}

/** Takes the token of the present session from a fresh copy of this page; false when signed out. */
export async function renewToken(): Promise<boolean> {
  try {
    const response = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
    if (!response.ok) return false;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = fresh.querySelector<HTMLInputElement>("input[name='csrfmiddlewaretoken']")?.value;
    if (!token) return false;
    for (const field of document.querySelectorAll<HTMLInputElement>(
      "input[name='csrfmiddlewaretoken']",
    )) {
      field.value = token;
    }
    touch(response);
    return true;
  } catch {
    return false;
  }
}

/** A random delay that grows with each attempt, so that clients do not come back all at once. */
export function delayBefore(attempt: number, least: number, most: number): number {
  const ceiling = Math.min(most, least * 2 ** (attempt + 1));
  return least + Math.random() * (ceiling - least);
}

const LAST_RELOAD = "rempart-reload";

/** Reloads the page, once in half a minute at most. */
export function reloadOnce(): boolean {
  try {
    const last = Number(sessionStorage.getItem(LAST_RELOAD) ?? 0);
    if (Date.now() - last < 30_000) return false;
    sessionStorage.setItem(LAST_RELOAD, String(Date.now()));
  } catch {
    return false;
  }
  location.reload();
  return true;
}
