export interface Person {
  readonly userId: string;
  readonly name: string;
}

/** Asks a development server for a token. Throws an Error whose message can be shown. */
export const developmentToken = async (
  server: string,
  { userId, name }: Person,
): Promise<string> => {
  const response = await fetch(`${server}/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id: userId, name }),
  }).catch(() => {
    throw new Error("The server cannot be reached. Check its address and your network.");
  });
  if (response.status === 404) {
    throw new Error(
      "This server is not in development, so it hands out no tokens. Sign in with a token instead.",
    );
  }
  if (response.status === 429)
    throw new Error("Too many sign-ins in a short time. Wait a minute, then try again.");
  const answer = (await response.json().catch(() => undefined)) as { token?: unknown } | undefined;
  if (!response.ok || typeof answer?.token !== "string")
    throw new Error(`The server answered with status ${response.status}.`);
  return answer.token;
};

/** A user id made from a name: "Ann Lee" becomes "ann-lee". Letters of any script stay. */
export const userIdFrom = (name: string): string =>
  name
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
