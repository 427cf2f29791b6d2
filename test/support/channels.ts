/** Channels as tests use them: flat frames, and the channel's object from below. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Channel } from "../../src/durable/channel.ts";
import { stored } from "./objects.ts";
import { passTime } from "./workerd.ts";
import { connect, request, someone, type Client, type Init } from "./client.ts";

/** By then a channel has looked whether everything has arrived. */
const LOOK_MS = 10_000;

/** A flat message as received. */
export type Flat = Readonly<Record<string, unknown>> & { readonly type: string };

/** Sends a flat request. */
export function say(client: Client, type: string, fields: object): void {
  client.raw(JSON.stringify({ type, ...fields }));
}

/** The next message, whole and flat. */
export async function hear(client: Client, type?: string): Promise<Flat> {
  return (await client.nextMessage(type)) as unknown as Flat;
}

/** Sends a request with a reference and waits for its acknowledgement, which must be the next frame. */
export async function asked(client: Client, type: string, fields: object): Promise<Flat> {
  say(client, type, { ...fields, ref: "asked" });
  return hear(client, "ack");
}

/** A name that nobody else uses. */
export const someChannel = (): string => someone("channel");

/** Connects a user that is nobody else. */
export const stranger = (name: string, more = ""): Promise<Client> => connect(someone(name), more);

/** A user whose socket listens to a channel. */
export async function listener(
  channel: string,
  listen: readonly string[] = ["broadcast"],
  more = "",
): Promise<Client> {
  const client = await stranger("listener", more);
  await asked(client, "subscribe", { channel, listen });
  if (listen.includes("presence")) await hear(client, "presence_sync");
  return client;
}

/** Posts JSON. */
export function post(path: string, body: unknown, headers: Init["headers"] = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return request(path, { method: "POST", body: text, headers });
}

/** Publishes over HTTP and returns the event's number. */
export async function publish(channel: string, payload: unknown): Promise<number> {
  const response = await post("/api/event", { channel, payload });
  return (await response.json<{ message_id: number }>()).message_id;
}

/** As it was before any test replaced it. */
const stubOf = env.CHANNEL.getByName.bind(env.CHANNEL);

/** Stub of a channel's object. */
export function channelObject(channel: string): DurableObjectStub<Channel> {
  return stubOf(`channel:${channel}`);
}

/** Runs the alarm of a channel's object, due or not, if it has one. */
export function runChannelAlarm(channel: string): Promise<boolean> {
  return runDurableObjectAlarm(channelObject(channel));
}

/** Lets a channel look whether everything has arrived, and send again what has not. */
export function lookAgain(channel: string): Promise<boolean> {
  passTime(LOOK_MS);
  return runChannelAlarm(channel);
}

/** Does something with a channel's storage. */
export function inChannel<T>(
  channel: string,
  look: (storage: DurableObjectStorage) => T,
): Promise<T> {
  return runInDurableObject(channelObject(channel), (_, state) => look(state.storage));
}

/** Users who are present, as the HTTP interface tells it. */
export async function presentOn(channel: string): Promise<string[]> {
  const response = await request(`/api/channels/${encodeURIComponent(channel)}/presence`);
  const { users } = await response.json<{ users: { user_id: string }[] }>();
  return users.map(({ user_id }) => user_id).toSorted();
}

/** The line of a user's first socket, by which channels know it. */
export function lineOf(user: string): Promise<string> {
  return stored(user, (kv) => {
    const [[, row] = []] = [...kv.list<{ line: string }>({ prefix: "socket:" })];
    return row?.line ?? "";
  });
}

/** Waits until a user's object owes no channel any news. */
export async function told(user: string): Promise<void> {
  const owes = () => stored(user, (kv) => kv.get("alarm:places:owed") !== undefined);
  while (await owes()) await new Promise((resolve) => setTimeout(resolve, 1));
}
