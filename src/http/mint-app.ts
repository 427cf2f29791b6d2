/** `POST /app`: mints an app token for who knows the password. */
import type { Handler } from "hono";
import { mintAppToken } from "./app-token.ts";
import { readText } from "./body.ts";
import type { Door } from "./door.ts";
import { sameText } from "./same-text.ts";

/** Largest body that is read, in bytes. */
const MAX_BODY = 65_536;

/** Takes JSON or a form: `password` and `app`. */
export const mintApp: Handler<Door> = async (c) => {
  const { APP_PASS, APP_SECRET } = c.var.config;
  const { password, app } = await fieldsOf(c.req.raw);
  const isKnown = await sameText(typeof password === "string" ? password : "", APP_PASS ?? "");
  if (!APP_PASS || !isKnown) return refused(401, "Unauthorized");
  if (typeof app !== "string" || app === "") {
    return refused(400, "Required properties (app) is undefined");
  }
  if (!APP_SECRET) return refused(503, "APP_SECRET is not set");
  const token = await mintAppToken(app, APP_SECRET, Date.now() / 1_000);
  return answer(200, { status: 200, error: null, response: { token } });
};

function refused(status: number, error: string): Response {
  return answer(status, { status, error, response: null });
}

function answer(status: number, body: object): Response {
  return Response.json(body, {
    status,
    headers: { "cache-control": "no-store", "x-content-type-options": "nosniff" },
  });
}

/** The fields of a body; none when it is neither JSON nor a form, or too large. */
async function fieldsOf(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers.get("content-type")?.toLowerCase() ?? "";
  try {
    const body = await readText(request, MAX_BODY);
    if (type.includes("application/x-www-form-urlencoded")) {
      return Object.fromEntries(new URLSearchParams(body));
    }
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
