import { describe, expect, it } from "vitest";
import { ask } from "../support/ask.ts";
import { established } from "../support/calls.ts";
import { connect, request, someone } from "../support/client.ts";
import { paid } from "../support/objects.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

const METRICS_KEY = "a key for the operator, 0123456789";
const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

const LINE = /^([a-z_]+)(\{(?:[a-z_]+="[^"\\\n]*",?)+\})? (\d+(?:\.\d+)?(?:e-?\d+)?)$/;

/** Reads Prometheus's text format strictly: every sample belongs to a type that was announced. */
function parse(text: string): Map<string, number> {
  expect(text.endsWith("\n")).toBe(true);
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of text.trimEnd().split("\n")) {
    const comment = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line);
    if (comment) {
      const [, kind, name = "", value = ""] = comment;
      if (kind === "TYPE") types.set(name, value);
      continue;
    }
    const [, name = "", labels = "", value] = LINE.exec(line) ?? [];
    expect(name, line).not.toBe("");
    const family = name.replace(/_(bucket|sum|count)$/, "");
    expect([types.get(name), types.get(family)], line).toContain(
      family === name ? "counter" : "histogram",
    );
    expect(samples.has(name + labels), line).toBe(false);
    samples.set(name + labels, Number(value));
  }
  return samples;
}

async function metricsNow(): Promise<(name: string) => number> {
  const response = await ask("/metrics", { METRICS_KEY }, bearer(METRICS_KEY));
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const samples = parse(await response.text());
  return (name) => samples.get(name) ?? 0;
}

describe("GET /metrics", () => {
  it("OPS-2 does not exist without METRICS_KEY, whatever key is shown", async () => {
    const answers = [
      await request("/metrics"),
      await request("/metrics", bearer("")),
      await ask("/metrics", {}, bearer("undefined")),
      await ask("/metrics", { METRICS_KEY: "" }, bearer("")),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(404);
      expect(await answer.text()).toBe("404 page not found");
    }
  });

  it("OPS-2 is closed to everybody without the key", async () => {
    const attempts = [
      {},
      bearer(""),
      bearer("wrong"),
      bearer(METRICS_KEY.slice(1)),
      bearer(`${METRICS_KEY}x`),
      { headers: { authorization: METRICS_KEY } },
      { headers: { authorization: `Basic ${btoa(`:${METRICS_KEY}`)}` } },
    ];
    for (const attempt of attempts) {
      const answer = await ask("/metrics", { METRICS_KEY }, attempt);
      expect(answer.status).toBe(401);
      expect(await answer.text()).toBe("Unauthorized\n");
    }
    const inAddress = await ask(`/metrics?key=${encodeURIComponent(METRICS_KEY)}`, { METRICS_KEY });
    expect(inAddress.status).toBe(401);
  });

  it("OPS-2 counts what a call does, in Prometheus's text format", async () => {
    const before = await metricsNow();
    const { caller, callee, session } = await established();
    caller.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await callee.next("webrtc.offer");
    caller.send("call.start", { callee_id: caller.user });
    await caller.next("error");
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    await callee.lose();
    await paid(caller.user);
    const after = await metricsNow();
    const rise = (name: string) => after(name) - before(name);
    expect(
      Object.fromEntries(
        [
          "edgering_sockets_opened_total",
          "edgering_sockets_closed_total",
          "edgering_calls_started_total",
          "edgering_calls_accepted_total",
          'edgering_calls_ended_total{reason="ended_by_user"}',
          'edgering_errors_total{code="invalid_message"}',
          'edgering_messages_total{direction="in",type="webrtc.offer"}',
          'edgering_messages_total{direction="out",type="webrtc.offer"}',
          "edgering_redis_failures_total",
          "edgering_redis_seconds_count",
          'edgering_redis_seconds_bucket{le="+Inf"}',
        ].map((name) => [name, rise(name)]),
      ),
    ).toEqual({
      edgering_sockets_opened_total: 2,
      edgering_sockets_closed_total: 1,
      edgering_calls_started_total: 1,
      edgering_calls_accepted_total: 1,
      'edgering_calls_ended_total{reason="ended_by_user"}': 1,
      'edgering_errors_total{code="invalid_message"}': 1,
      'edgering_messages_total{direction="in",type="webrtc.offer"}': 1,
      'edgering_messages_total{direction="out",type="webrtc.offer"}': 1,
      edgering_redis_failures_total: 0,
      edgering_redis_seconds_count: 3,
      'edgering_redis_seconds_bucket{le="+Inf"}': 3,
    });
    expect(rise("edgering_redis_seconds_sum")).toBeGreaterThanOrEqual(0);
  });

  it("OPS-2 has a cumulative histogram, and no label that a client may choose", async () => {
    await established();
    const client = await connect(someone("bob"));
    client.send("made.up", {});
    client.raw('{"type":"x\\"} 1\\nmade_up 1","payload":{}}');
    for (let count = 0; count < 2; count += 1) await client.next("error");
    const response = await ask("/metrics", { METRICS_KEY }, bearer(METRICS_KEY));
    const text = await response.text();
    expect(text).not.toMatch(/made|bob/);
    const buckets = [...parse(text)].filter(([name]) => name.includes("_bucket"));
    expect(buckets.at(-1)?.[0]).toBe('edgering_redis_seconds_bucket{le="+Inf"}');
    const counts = buckets.map(([, count]) => count);
    expect(counts).toHaveLength(10);
    expect(counts.at(-1)).toBeGreaterThan(0);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });
});
