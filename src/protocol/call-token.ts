/**
 * Call tokens: they let a device that was woken by a push answer before its socket is up. A token says
 * in whose object its meaning is kept, and a secret that only the push carried; nothing else.
 */

const SEPARATOR = ".";

/** Spells a call token. `secret` must be hard to guess and free of dots. */
export function spellCallToken(user: string, secret: string): string {
  const bytes = new TextEncoder().encode(user);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const name = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return name + SEPARATOR + secret;
}

/** The user in whose object a token may mean something; nothing when it is no call token. */
export function userOfCallToken(token: string): string | undefined {
  const [name = "", secret, more] = token.split(SEPARATOR);
  if (!/^[\w-]+$/.test(name) || !secret || more !== undefined) return undefined;
  try {
    const binary = atob(name.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
