/** `GET /api/channels/:name/presence` and `…/history`: backends look into channels. */
import type { Context, Handler } from "hono";
import { placeOf } from "../core/place.ts";
import { isChannelName } from "../protocol/channels.ts";
import type { Door } from "./door.ts";

/** Who is present. */
export const getPresence: Handler<Door> = async (c) => {
  const channel = c.req.param("name") ?? "";
  if (!isChannelName(channel)) return c.json({ error: "invalid channel" }, 400);
  const users = await stubOf(c, channel).users();
  return json(`{"channel":${JSON.stringify(channel)},"users":${users}}`);
};

/** The broadcasts after an offset, as far as they are kept. */
export const getHistory: Handler<Door> = async (c) => {
  const channel = c.req.param("name") ?? "";
  if (!isChannelName(channel)) return c.json({ error: "invalid channel" }, 400);
  const since = c.req.query("since") ?? "0";
  if (!/^\d{1,15}$/.test(since)) return c.json({ error: "invalid since" }, 400);
  const { epoch, offset, events } = await stubOf(c, channel).history(Number(since));
  const frames = events.map((fields) => `{"type":"broadcast",${fields.slice(1)}`);
  const head = `"channel":${JSON.stringify(channel)},"epoch":${JSON.stringify(epoch)}`;
  return json(`{${head},"offset":${offset},"events":[${frames.join(",")}]}`);
};

const stubOf = (c: Context<Door>, channel: string) =>
  c.env.CHANNEL.getByName(placeOf("channel", channel));

/** What is JSON already. */
const json = (text: string) =>
  new Response(text, { headers: { "content-type": "application/json" } });
