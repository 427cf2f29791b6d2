import { describe, expect, it, vi } from "vitest";
import { env } from "cloudflare:workers";
import {
  hear,
  inChannel,
  listener,
  post,
  publish,
  runChannelAlarm,
  someChannel,
  stranger,
  asked,
} from "../support/channels.ts";
import { ask, PRODUCTION } from "../support/ask.ts";
import { request } from "../support/client.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

const number = expect.any(Number) as unknown;

describe("POST /api/event", () => {
  it("EVENT-1 reaches subscribers as a broadcast without a user", async () => {
    const channel = someChannel();
    const client = await listener(channel);
    const response = await post("/api/event", { channel, event: "paid", payload: [1] });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toMatch(/^\{"message_id":\d+,"status":"ok"\}$/);
    const got = await hear(client, "broadcast");
    expect(got).toMatchObject({ channel, event: "paid", payload: [1], offset: 1 });
    expect(got).not.toHaveProperty("user_id");
    expect(text).toContain(`:${String(got["message_id"])},`);
    for (const event of [undefined, null, ""]) {
      await post("/api/event", { channel, event });
      expect(await hear(client)).toMatchObject({ event: "message", payload: null });
    }
  });

  it("EVENT-1 takes keys in any letter case, and passes numbers on with all their digits", async () => {
    const channel = someChannel();
    const client = await listener(channel);
    const body = `{"Channel":"${channel}","EVENT":"paid","payLoad":{"n":12345678901234567890}}`;
    for (const [path, text] of [
      ["/api/event", body],
      ["/api/events", `{"Events":[${body}]}`],
    ] as const) {
      expect(await (await post(path, text)).text()).toContain('"ok"');
      expect(await hear(client)).toMatchObject({ event: "paid" });
    }
    const history = await (await request(`/api/channels/${channel}/history`)).text();
    expect(history.match(/"payload":\{"n":12345678901234567890\}/g)).toHaveLength(2);
  });

  it("EVENT-2 gives rising numbers that are safe integers", async () => {
    const channel = someChannel();
    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => publish(channel, n)));
    expect(new Set(ids).size).toBe(20);
    const before = Math.max(...ids);
    passTime(-60_000);
    expect(await publish(channel, 0)).toBe(before + 1);
    expect(ids.every((id) => Number.isSafeInteger(id) && id > 0)).toBe(true);
  });

  it.each([
    ["", 400],
    ["nonsense", 400],
    ["[]", 400],
    ["null", 400],
    ["{}", 400],
    ['{"channel":""}', 400],
    ['{"channel":7}', 400],
    ['{"channel":"a\\u0000"}', 400],
    [JSON.stringify({ channel: "x".repeat(257) }), 400],
    ['{"channel":"c","event":7}', 400],
    [JSON.stringify({ channel: "c", event: "x".repeat(257) }), 400],
    [JSON.stringify({ channel: "c", payload: "x".repeat(65_536) }), 413],
  ])("EVENT-3 refuses %.40s", async (body, status) => {
    const response = await post("/api/event", body);
    expect(response.status).toBe(status);
    const { error } = await response.json<{ error: string }>();
    expect(error).toMatch(status === 413 ? /^message too large$/ : /./);
  });

  it("EVENT-3 tells a fault without detail", async () => {
    const channel = someChannel();
    vi.spyOn(env.CHANNEL, "getByName").mockImplementation(
      () => ({ publish: () => Promise.reject(new Error("broken")) }) as never,
    );
    const response = await post("/api/event", { channel });
    expect([response.status, await response.json()]).toEqual([500, { error: "publish failed" }]);
    vi.restoreAllMocks();
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const stubOf = env.CHANNEL.getByName.bind(env.CHANNEL);
    let resets = 0;
    vi.spyOn(env.CHANNEL, "getByName").mockImplementation((name) => {
      resets += 1;
      const reset = Object.assign(new Error("reset"), { durableObjectReset: true });
      return resets < 3 ? ({ publish: () => Promise.reject(reset) } as never) : stubOf(name);
    });
    expect((await post("/api/event", { channel })).status).toBe(200);
  });

  it("EVENT-4 asks for a key outside development, and has several", async () => {
    const channel = someChannel();
    const vars = { ...PRODUCTION, API_KEYS: "old, new" };
    const init = { method: "POST", body: JSON.stringify({ channel }) };
    const status = async (headers: Record<string, string>, more = {}) =>
      (await ask("/api/event", { ...vars, ...more }, { ...init, headers })).status;
    for (const key of ["old", "new"]) {
      expect(await status({ authorization: `Bearer ${key}` })).toBe(200);
      expect(await status({ "x-api-key": key })).toBe(200);
    }
    expect(await status({ authorization: "Bearer other", "x-api-key": "new" })).toBe(200);
    for (const headers of [
      {},
      { "x-api-key": "" },
      { "x-api-key": "ne" },
      { authorization: "new" },
    ]) {
      expect(await status(headers as Record<string, string>)).toBe(401);
    }
    expect(await status({ "x-api-key": "new" }, { API_KEYS: "" })).toBe(401);
    expect(await status({ "x-api-key": "" }, { API_KEYS: "" })).toBe(401);
    const refused = await ask("/api/event", vars, init);
    expect(await refused.json()).toEqual({ error: "unauthorized" });
    for (const path of ["/api/events", "/api/channels/c/presence", "/api/channels/c/history"]) {
      expect((await ask(path, vars, path.endsWith("events") ? init : {})).status).toBe(401);
    }
  });

  it("EVENT-5 answers a repeated Idempotency-Key as the first time, for ten minutes", async () => {
    const channel = someChannel();
    const client = await listener(channel);
    const once = { "idempotency-key": "k" };
    const first = await (await post("/api/event", { channel, payload: 1 }, once)).text();
    for (const payload of [1, 2]) {
      expect(await (await post("/api/event", { channel, payload }, once)).text()).toBe(first);
    }
    passTime(600_001);
    await post("/api/event", { channel, payload: 3 }, once);
    for (const payload of [1, 3]) expect(await hear(client)).toMatchObject({ payload });
    const long = await post("/api/event", { channel }, { "idempotency-key": "x".repeat(257) });
    expect(long.status).toBe(400);
    expect(await client.settled()).toEqual([]);
  });

  it("EVENT-5 forgets its keys after that, also on a channel that has gone quiet", async () => {
    const channel = someChannel();
    await post("/api/event", { channel }, { "idempotency-key": "k" });
    const keys = () => inChannel(channel, ({ sql }) => sql.exec("SELECT * FROM results").toArray());
    expect(await keys()).toHaveLength(1);
    for (let turn = 0; turn < 3; turn += 1) {
      passTime(400_000);
      await runChannelAlarm(channel);
    }
    expect(await keys()).toEqual([]);
    expect(await runChannelAlarm(channel)).toBe(false);
  });

  it("EVENT-6 may be asked by browsers, by the one policy", async () => {
    const spec = await request("/docs/openapi.json", { method: "OPTIONS" });
    expect(spec.status).toBe(204);
    const response = await request("/api/event", { method: "OPTIONS" });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-headers")).toContain("Idempotency-Key");
    expect((await post("/api/event", {})).headers.get("access-control-allow-origin")).toBe("*");
    const elsewhere = await ask(
      "/api/event",
      { CORS_ALLOWED_ORIGINS: "https://a.test" },
      {
        method: "POST",
        headers: { origin: "https://b.test" },
      },
    );
    expect(elsewhere.headers.has("access-control-allow-origin")).toBe(false);
  });
});

describe("POST /api/events", () => {
  it("EVENT-7 reports each event by itself, in order", async () => {
    const [a, b] = [someChannel(), someChannel()];
    const client = await listener(a);
    const events = [
      { channel: a, payload: 1 },
      { channel: b },
      {},
      "x",
      { channel: a, payload: 2 },
    ];
    const headers = { "idempotency-key": "k" };
    const response = await post("/api/events", { events }, headers);
    expect(response.status).toBe(200);
    const text = await response.text();
    const ok = { status: "ok", message_id: number };
    const failed = { status: "error", error: expect.any(String) as unknown };
    expect(JSON.parse(text)).toEqual({ results: [ok, ok, failed, failed, ok] });
    expect(await (await post("/api/events", { events }, headers)).text()).toBe(text);
    for (const payload of [1, 2]) expect(await hear(client)).toMatchObject({ payload });
    expect(await client.settled()).toEqual([]);
    for (const body of [{}, { events: {} }, { events: Array.from({ length: 101 }, () => ({})) }]) {
      expect((await post("/api/events", body)).status).toBe(400);
    }
  });
});

describe("reading a channel", () => {
  it("EVENT-8 tells who is present and what was broadcast", async () => {
    const channel = `${someChannel()}/ä 1`;
    const path = `/api/channels/${encodeURIComponent(channel)}`;
    const ann = await stranger("ann");
    await asked(ann, "presence_join", { channel, payload: { a: 1 } });
    const users = [{ user_id: ann.user, meta: { a: 1 }, updated_at: number }];
    expect(await (await request(`${path}/presence`)).json()).toEqual({ channel, users });
    for (const n of [1, 2, 3]) await publish(channel, n);
    const history = await (await request(`${path}/history?since=1`)).json<{ events: unknown[] }>();
    expect(history).toMatchObject({ channel, offset: 3, epoch: expect.any(String) as unknown });
    expect(history.events).toMatchObject(
      [2, 3].map((n) => ({ type: "broadcast", payload: n, offset: n })),
    );
    for (const bad of [`${path}/history?since=x`, "/api/channels/a%00/presence"]) {
      expect((await request(bad)).status).toBe(400);
    }
  });

  it("EVENT-9 shows no more than CHANNEL_HISTORY_SIZE events, for CHANNEL_HISTORY_SECONDS", async () => {
    const channel = someChannel();
    const events = Array.from({ length: 90 }, (_, payload) => ({ channel, payload }));
    for (let turn = 0; turn < 3; turn += 1) await post("/api/events", { events });
    const shown = async () => {
      const response = await request(`/api/channels/${channel}/history`);
      return (await response.json<{ events: { offset: number }[] }>()).events;
    };
    const kept = (await shown()).map(({ offset }) => offset);
    expect(kept).toEqual(Array.from({ length: 100 }, (_, n) => 171 + n));
    passTime(301_000);
    expect(await shown()).toEqual([]);
    await publish(channel, 0);
    passTime(361_000);
    await runChannelAlarm(channel);
    const rows = await inChannel(channel, ({ sql }) => sql.exec("SELECT * FROM log").toArray());
    expect(rows).toHaveLength(1);
  });
});
