/** Asks the browser for a passkey, and sends what it answers with the form around the button. */

import { announce, sentence } from "./messages";
import { post } from "./requests";

interface Descriptor {
  id: string;
  type: PublicKeyCredentialType;
  transports?: AuthenticatorTransport[];
}

interface Options {
  rp?: PublicKeyCredentialRpEntity;
  pubKeyCredParams?: PublicKeyCredentialParameters[];
  challenge: string;
  timeout?: number;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
  allowCredentials?: Descriptor[];
}

interface Asked {
  ceremony: string;
  options: Options;
}

let waiting: AbortController | null = null;

export function startPasskeys(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-passkey-start]");
    const part = button?.closest<HTMLElement>("[data-passkey]");
    if (button && part) void show(part, button);
  });
  document.addEventListener("keydown", pressInstead);
  addEventListener("pagehide", () => waiting?.abort());
}

/** Enter in a form that is sent by nothing but a passkey presses its button. */
function pressInstead(event: KeyboardEvent): void {
  const typed = event.target;
  if (event.key !== "Enter" || event.isComposing || !(typed instanceof HTMLInputElement)) return;
  const button = typed.form?.querySelector<HTMLButtonElement>("[data-passkey-start]");
  if (!button || typed.form?.querySelector("[type='submit'], button:not([type])")) return;
  event.preventDefault();
  button.click();
}

async function show(part: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const form = part.closest("form");
  const field = part.querySelector<HTMLInputElement>("[data-passkey-answer]");
  if (!form || !field || button.getAttribute("aria-disabled") === "true") return;
  if (!("PublicKeyCredential" in window)) return say(part, "unsupported");
  button.setAttribute("aria-disabled", "true");
  say(part, "waiting");
  waiting?.abort();
  waiting = new AbortController();
  try {
    const asked = await ask(part);
    if (typeof asked === "string") return tell(part, asked);
    const makes = part.dataset["passkeyMakes"] !== undefined;
    const found = await answer(asked.options, makes, waiting.signal);
    if (!found) return say(part, "cancelled");
    field.value = JSON.stringify({ ceremony: asked.ceremony, credential: readable(found) });
    say(part, "sending");
    form.requestSubmit();
  } catch (error) {
    say(part, reason(error));
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** The question of the server, or the sentence with which it refuses to ask. */
async function ask(part: HTMLElement): Promise<Asked | string> {
  const response = await post(part.dataset["passkey"] ?? "", new URLSearchParams());
  if (response.ok) return (await response.json()) as Asked;
  try {
    const refused = (await response.json()) as { error?: { message?: string } };
    return refused.error?.message ?? sentence("request.failed");
  } catch {
    return sentence("request.failed");
  }
}

async function answer(
  options: Options,
  makes: boolean,
  signal: AbortSignal,
): Promise<PublicKeyCredential | null> {
  // What the server asked, with its bytes as bytes: one shape for both ceremonies.
  const publicKey: unknown = {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    excludeCredentials: options.excludeCredentials?.map(named),
    allowCredentials: options.allowCredentials?.map(named),
  };
  const container = navigator.credentials;
  const found = makes
    ? await container.create({ signal, publicKey: publicKey as PublicKeyCredentialCreationOptions })
    : await container.get({ signal, publicKey: publicKey as PublicKeyCredentialRequestOptions });
  return found as PublicKeyCredential | null;
}

function reason(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return "cancelled";
  if (name === "InvalidStateError") return "known";
  if (name === "SecurityError") return "elsewhere";
  if (name === "NotSupportedError") return "unsupported";
  return "failed";
}

function say(part: HTMLElement, key: string): void {
  tell(part, sentence(`passkey.${key}`));
}

function tell(part: HTMLElement, text: string): void {
  const said = part.querySelector<HTMLElement>("[data-passkey-said]");
  if (said) {
    said.textContent = text;
    said.hidden = !text;
  }
  announce(text);
}

function named(key: Descriptor): PublicKeyCredentialDescriptor {
  return { ...key, id: bytes(key.id) };
}

/** The credential in the form of JSON that servers read: bytes in base64url. */
function readable(credential: PublicKeyCredential): object {
  const response = credential.response as AuthenticatorAttestationResponse &
    AuthenticatorAssertionResponse;
  const shared = {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
  };
  const clientDataJSON = text(response.clientDataJSON);
  if ("attestationObject" in response) {
    const attestationObject = text(response.attestationObject);
    const transports = response.getTransports?.() ?? [];
    return { ...shared, response: { clientDataJSON, attestationObject, transports } };
  }
  const assertion = response as AuthenticatorAssertionResponse;
  return {
    ...shared,
    response: {
      clientDataJSON,
      authenticatorData: text(assertion.authenticatorData),
      signature: text(assertion.signature),
      userHandle: assertion.userHandle ? text(assertion.userHandle) : undefined,
    },
  };
}

function bytes(base64url: string): ArrayBuffer {
  const plain = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
