/** `POST /api/event` and `POST /api/events`: backends publish on channels. */
import type { Context, Handler } from "hono";
import { mayRetry } from "../core/peer-failure.ts";
import { placeOf } from "../core/place.ts";
import { createLog } from "../log.ts";
import { CHANNEL_FRAME_BYTES } from "../protocol/channels.ts";
import { DEFAULT_EVENT, MAX_EVENTS, newEvent, newEvents } from "../protocol/events.ts";
import { seal } from "../protocol/seal.ts";
import { BadBody, fieldsOf, readJson } from "./body.ts";
import type { Door } from "./door.ts";

const MAX_KEY_LENGTH = 256;
const ATTEMPTS = 3;
const encoder = new TextEncoder();

interface ToPublish {
  readonly channel: string;
  readonly publication: {
    readonly id: string;
    readonly key?: string;
    readonly name: string;
    readonly json: string;
  };
}

type Result =
  | { readonly status: "ok"; readonly message_id: number }
  | { readonly status: "error"; readonly error: string };

/** The part of the Worker's bindings that publishing needs. */
export type Channels = Pick<Env, "CHANNEL">;

/** Publishes one event; the body is the event. */
export const postEvent: Handler<Door> = (c) =>
  answering(c, async () => {
    const key = idempotencyKey(c);
    const event = readEvent(await readJson(c.req.raw, CHANNEL_FRAME_BYTES), key);
    const [result] = await publishAll(c.env, [event]);
    if (result?.status !== "ok") return c.json({ error: "publish failed" }, 500);
    return c.json({ message_id: result.message_id, status: "ok" });
  });

/** Publishes many events; each is reported by itself, in order. */
export const postEvents: Handler<Door> = (c) =>
  answering(c, async () => {
    const key = idempotencyKey(c);
    const body = await readJson(c.req.raw, MAX_EVENTS * CHANNEL_FRAME_BYTES);
    const parsed = newEvents.safeParse(fieldsOf(body, Object.keys(newEvents.shape)));
    if (!parsed.success) throw new BadBody(400, `expected {"events":[…]}, up to ${MAX_EVENTS}`);
    const events = parsed.data.events.map((event, index) => {
      try {
        return readEvent(event, key === undefined ? undefined : `${key}#${index}`);
      } catch (error) {
        if (error instanceof BadBody) return { status: "error" as const, error: error.message };
        throw error;
      }
    });
    return c.json({ results: await publishAll(c.env, events) });
  });

/**
 * Publishes what a queue has brought: the same as the body of `POST /api/event`.
 *
 * @param id names the message, which may come again
 * @returns `bad`: it is no event, and never will be
 */
export async function publishBody(
  env: Channels,
  body: unknown,
  id: string,
): Promise<"published" | "failed" | "bad"> {
  try {
    const [result] = await publishAll(env, [readEvent(body, id)]);
    return result?.status === "ok" ? "published" : "failed";
  } catch (error) {
    if (error instanceof BadBody) return "bad";
    throw error;
  }
}

/** Refusals as JSON. */
async function answering(c: Context<Door>, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BadBody) return c.json({ error: error.message }, error.status);
    throw error;
  }
}

function idempotencyKey(c: Context<Door>): string | undefined {
  const key = c.req.header("idempotency-key")?.trim();
  if (key === undefined || key === "") return undefined;
  if (key.length > MAX_KEY_LENGTH) {
    throw new BadBody(400, `Idempotency-Key is over ${MAX_KEY_LENGTH} characters`);
  }
  return `http:${key}`;
}

/** @throws {BadBody} when it is no event */
function readEvent(body: unknown, key: string | undefined): ToPublish {
  const fields = fieldsOf(body, Object.keys(newEvent.shape));
  const parsed = newEvent.safeParse(fields);
  if (!parsed.success) throw new BadBody(400, faultOf(fields, parsed.error.issues[0]?.path[0]));
  const { channel, event, payload = null } = parsed.data;
  const json = sealed(payload);
  // One event of many may be no larger than one alone.
  if (encoder.encode(json).byteLength > CHANNEL_FRAME_BYTES)
    throw new BadBody(413, "message too large");
  const name = event || DEFAULT_EVENT;
  const known = key === undefined ? {} : { key };
  return { channel, publication: { id: crypto.randomUUID(), ...known, name, json } };
}

function sealed(payload: unknown): string {
  try {
    return seal(payload);
  } catch {
    throw new BadBody(400, "invalid payload");
  }
}

function faultOf(
  fields: Readonly<Record<PropertyKey, unknown>> | undefined,
  field: PropertyKey | undefined,
): string {
  if (fields === undefined || field === undefined) {
    return "expected a JSON object {channel, event?, payload?}";
  }
  const value = fields[field];
  if (field === "channel" && (value === undefined || value === null || value === "")) {
    return "missing channel";
  }
  return `invalid ${String(field)}`;
}

/** Publishes what can be published: one call per channel, so that a burst is one delivery. */
async function publishAll(
  env: Channels,
  events: readonly (ToPublish | Result)[],
): Promise<Result[]> {
  const results: Result[] = events.map((event) =>
    "status" in event ? event : { status: "error", error: "publish failed" },
  );
  const indexed = events.flatMap((event, index) => ("status" in event ? [] : [{ event, index }]));
  const byChannel = Map.groupBy(indexed, ({ event }) => event.channel);
  await Promise.all(
    [...byChannel].map(async ([channel, some]) => {
      const publications = some.map(({ event }) => event.publication);
      const published = await publish(env, channel, publications).catch((error: unknown) => {
        createLog("warn")("warn", "publish.failed", { error: String(error) });
        return [];
      });
      for (const [position, { index }] of some.entries()) {
        const { message_id } = published[position] ?? {};
        if (message_id !== undefined) results[index] = { status: "ok", message_id };
      }
    }),
  );
  return results;
}

/** Publishes on one channel, again on a fresh stub where the way failed: the ids tell a repetition. */
async function publish(
  env: Channels,
  channel: string,
  publications: readonly ToPublish["publication"][],
): Promise<{ readonly message_id: number }[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await env.CHANNEL.getByName(placeOf("channel", channel)).publish(publications);
    } catch (error) {
      if (attempt === ATTEMPTS || !mayRetry(error)) throw error;
    }
  }
}
