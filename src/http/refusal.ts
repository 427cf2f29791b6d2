/** Refusals at the door, in the two forms that existing clients read. */

const MESSAGES = {
  missing: { status: 401, text: "Missing token", json: "missing token" },
  invalid: { status: 401, text: "Invalid token", json: "invalid token" },
  noUserId: { status: 400, text: "Missing user_id", json: "missing user_id" },
  noTokens: {
    status: 400,
    text: "Tokens are not enabled, use user_id",
    json: "tokens are not enabled, use user_id",
  },
} as const;

/** Why nobody was let in. */
export type Refusal = keyof typeof MESSAGES;

/** Text with a line feed at its end, never to be taken for anything else by a browser. */
export function plainText(status: number, text: string, headers: HeadersInit = {}): Response {
  const response = new Response(text, { status, headers });
  response.headers.set("content-type", "text/plain; charset=utf-8");
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}

/** JSON that is text already, for whoever asked and nobody else. */
export function jsonText(status: number, json: string): Response {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return new Response(json, { status, headers });
}

/**
 * Refuses a request before its upgrade: JSON for clients that can read it, plain text for the others.
 * `detail` says what is wrong with a token, in the JSON form only.
 */
export function refuseAtDoor(request: Request, refusal: Refusal, detail?: string): Response {
  const { status, text, json } = MESSAGES[refusal];
  if (!readsJson(request)) return plainText(status, `${text}\n`);
  const error = detail === undefined ? json : `${json}: ${detail}`;
  return Response.json({ error }, { status, headers: { "x-content-type-options": "nosniff" } });
}

function readsJson(request: Request): boolean {
  const query = new URL(request.url).searchParams;
  return (
    request.headers.has("authorization") ||
    query.has("access_token") ||
    query.has("user_id") ||
    // Media types are the same in any letter case (RFC 9110 section 8.3.1).
    (request.headers.get("accept") ?? "").toLowerCase().includes("application/json")
  );
}
