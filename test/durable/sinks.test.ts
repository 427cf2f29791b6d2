import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it, onTestFinished } from "vitest";
import { queueSink } from "../../src/adapters/queue-sink.ts";
import { webhookSink } from "../../src/adapters/webhook-sink.ts";
import type { EventSink, OutgoingEvent } from "../../src/core/ports.ts";
import { consume } from "../../src/http/queue.ts";
import {
  asked,
  hear,
  listener,
  publish,
  runChannelAlarm,
  someChannel,
  stranger,
} from "../support/channels.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

const { takeLog } = watchEachTest();

/** A sink in this process, in place of the configured ones. */
function collect(fails: () => boolean = () => false) {
  const events: OutgoingEvent[] = [];
  const sink: EventSink = {
    name: "test",
    send: async (some) => {
      await Promise.resolve();
      if (fails()) throw new Error("the sink is away");
      events.push(...some);
    },
  };
  const settable = env as unknown as { SINKS?: readonly EventSink[] };
  settable.SINKS = [sink];
  onTestFinished(() => {
    delete settable.SINKS;
  });
  const types = () => events.map(({ type }) => type);
  const reached = async (count: number) => {
    while (events.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  return { events, types, reached };
}

describe("sinks", () => {
  it("SINK-1 get every event of every channel, presence included, in order", async () => {
    const { events, types, reached } = collect();
    const channel = someChannel();
    const ann = await stranger("ann");
    await asked(ann, "presence_join", { channel, payload: { a: 1 } });
    await asked(ann, "broadcast", { channel, payload: 1 });
    await publish(channel, 2);
    await asked(ann, "presence_leave", { channel });
    await reached(4);
    expect(types()).toEqual(["presence_join", "broadcast", "broadcast", "presence_leave"]);
    expect(JSON.parse(events[1]?.json ?? "")).toMatchObject({ channel, payload: 1, offset: 1 });
  });

  it("SINK-2 that fail delay nobody and get it later", async () => {
    let away = true;
    const { types, reached } = collect(() => away);
    const channel = someChannel();
    const ann = await listener(channel);
    for (const n of [1, 2]) await publish(channel, n);
    for (const payload of [1, 2]) expect(await hear(ann)).toMatchObject({ payload });
    away = false;
    passTime(60_000);
    await runChannelAlarm(channel);
    await reached(2);
    expect(types()).toEqual(["broadcast", "broadcast"]);
    expect(takeLog("sink.failed").length).toBeGreaterThan(0);
  });

  it("SINK-3 a webhook is signed over its time and its body", async () => {
    const posted: { url: string; init: RequestInit }[] = [];
    const sink = webhookSink({
      url: "https://hook.test/in",
      secret: "s",
      now: () => 1_790_000_000_500,
      post: async (url, init) => {
        posted.push({ url, init });
        return Promise.resolve(new Response(null, { status: posted.length === 1 ? 204 : 500 }));
      },
    });
    const event = { type: "broadcast", json: '{"channel":"c","payload":1}' };
    await sink.send([event, event]);
    const body =
      '{"events":[{"type":"broadcast","channel":"c","payload":1},{"type":"broadcast","channel":"c","payload":1}]}';
    const bytes = new TextEncoder();
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", bytes.encode("s"), algorithm, false, ["sign"]);
    const mac = await crypto.subtle.sign("HMAC", key, bytes.encode(`1790000000.${body}`));
    const hex = [...new Uint8Array(mac)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    expect(posted[0]).toMatchObject({
      url: "https://hook.test/in",
      init: { method: "POST", body },
    });
    const headers = new Headers(posted[0]?.init.headers);
    expect(headers.get("x-edgering-signature")).toBe(`t=1790000000,v1=${hex}`);
    await expect(sink.send([event])).rejects.toThrow("500");
  });

  it("SINK-3 the log names a webhook's host, not the secrets in its address", async () => {
    const url = "https://me:pass@hook.test/in/secret?token=t";
    const settable = env as unknown as { SINKS?: readonly EventSink[] };
    const post = () => Promise.resolve(new Response(null, { status: 500 }));
    settable.SINKS = [webhookSink({ url, now: Date.now, post })];
    onTestFinished(() => {
      delete settable.SINKS;
    });
    const channel = someChannel();
    await publish(channel, 1);
    passTime(60_000);
    await runChannelAlarm(channel);
    const lines = JSON.stringify(takeLog("sink.failed"));
    expect(lines).toContain("hook.test");
    for (const secret of ["pass", "secret", "token"]) expect(lines).not.toContain(secret);
  });

  it("SINK-4 a queue gets each event as a message", async () => {
    const sent: unknown[] = [];
    const sizes: number[] = [];
    const sink = queueSink({
      sendBatch: async (messages) => {
        sizes.push([...messages].length);
        sent.push(...[...messages].map(({ body }) => body));
        return Promise.resolve();
      },
    });
    await sink.send([{ type: "presence_leave", json: '{"channel":"c","user_id":"u"}' }]);
    expect(sent).toEqual([{ type: "presence_leave", channel: "c", user_id: "u" }]);
    sent.length = 0;
    const json = JSON.stringify({ payload: "x".repeat(60_000) });
    await sink.send(Array.from({ length: 7 }, () => ({ type: "broadcast", json })));
    expect(sent).toHaveLength(7);
    expect(sizes).toEqual([1, 3, 3, 1]);
  });
});

describe("a queue's messages", () => {
  it("SINK-5 are published as POST /api/event does, once each", async () => {
    expect(exports).toHaveProperty("default");
    const channel = someChannel();
    const ann = await listener(channel);
    const message = (id: string, body: unknown) => ({
      id,
      timestamp: new Date(),
      attempts: 1,
      body,
    });
    const messages = [
      message("1", { channel, event: "paid", payload: 1 }),
      message("2", { no: "channel" }),
      message("1", { channel, event: "paid", payload: 1 }),
      message("3", { channel }),
    ];
    const batch = createMessageBatch("in", messages);
    await consume(batch, env);
    expect(await hear(ann)).toMatchObject({ event: "paid", payload: 1 });
    expect(await hear(ann)).toMatchObject({ event: "message", payload: null, offset: 2 });
    const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
    expect([explicitAcks.toSorted(), retryMessages]).toEqual([["1", "1", "2", "3"], []]);
    expect(takeLog("queue.bad")).toHaveLength(1);
  });
});
