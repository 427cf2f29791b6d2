/** `GET /dev/push`: what the stand-ins for push providers got, in development only. */
import type { Handler } from "hono";
import type { Door } from "./door.ts";

/** Hands through the page of the stand-ins that `npm run dev` has started. */
export const devPush: Handler<Door> = async (c) => {
  const { ENVIRONMENT, DEV_PUSH_URL } = c.var.config;
  if (ENVIRONMENT !== "development" || !DEV_PUSH_URL) return c.notFound();
  const accept = c.req.header("accept") ?? "";
  const page = await fetch(`${DEV_PUSH_URL}/dev/push`, { headers: { accept }, redirect: "manual" });
  return new Response(page.body, { status: page.status, headers: page.headers });
};
