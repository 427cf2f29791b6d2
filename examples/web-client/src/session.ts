/**
 * The sign-in of this tab. It lives in sessionStorage, so a reload keeps the user, two tabs can be
 * two users, and closing the tab forgets the token.
 */
import { readToken } from "./token.ts";

export interface Session {
  /** The service, `http(s)://host[:port][/path]`. */
  readonly server: string;
  readonly token: string;
}

const SESSION_KEY = "edgering.session";
const DEVICE_KEY = "edgering.device";

export const rememberSession = (session: Session): void =>
  sessionStorage.setItem(SESSION_KEY, JSON.stringify(session));

export const forgetSession = (): void => sessionStorage.removeItem(SESSION_KEY);

export const restoreSession = (): Session | undefined => {
  try {
    const stored = JSON.parse(
      sessionStorage.getItem(SESSION_KEY) ?? "null",
    ) as Partial<Session> | null;
    const { server, token } = stored ?? {};
    return typeof server === "string" && typeof token === "string" ? { server, token } : undefined;
  } catch {
    return undefined;
  }
};

/**
 * This tab's device label: the one the token is bound to, else a random one that outlives reloads.
 */
export const deviceLabel = (token: string): string => {
  const bound = readToken(token)?.device;
  if (bound !== undefined) return bound;
  const known = sessionStorage.getItem(DEVICE_KEY);
  if (known !== null) return known;
  // Not randomUUID: that exists on secure pages only, and signing in should work on any.
  const label = [...crypto.getRandomValues(new Uint8Array(12))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  sessionStorage.setItem(DEVICE_KEY, label);
  return label;
};
