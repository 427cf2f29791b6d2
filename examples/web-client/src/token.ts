/**
 * What a token says about its user, read without checking it: for display only, the server decides.
 */
export interface TokenFacts {
  readonly userId: string;
  readonly name: string | undefined;
  readonly image: string | undefined;
  /** The device the token is bound to. */
  readonly device: string | undefined;
}

/** The service's default order of claims that may hold the user id. */
const USER_CLAIMS = ["hash", "sub", "user_id"];

/** Reads a JWT's claims (RFC 7519). Undefined: not a JWT, or one without a user id. */
export const readToken = (token: string): TokenFacts | undefined => {
  const claims = decode(token.trim().split("."));
  const text = (claim: string): string | undefined => {
    const value = claims?.[claim];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const userId = USER_CLAIMS.map(text).find((value) => value !== undefined);
  if (userId === undefined) return undefined;
  return {
    userId,
    name: text("name") ?? text("username"),
    image: text("image_profile"),
    device: text("device"),
  };
};

const decode = (parts: string[]): Record<string, unknown> | undefined => {
  if (parts.length !== 3) return undefined;
  try {
    const binary = atob((parts[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null
      ? (claims as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};
