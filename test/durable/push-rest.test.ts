import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect } from "../support/client.ts";
import { alarmOf, objectOf, runAlarm } from "../support/objects.ts";
import {
  callTo,
  deviceToken,
  providers,
  pushable,
  pushes,
  withProviders,
} from "../support/push-control.ts";
import { countCommands } from "../support/redis-control.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

const watched = watchEachTest();
const ATTEMPT_MS = 5_000;

/** Waits for something that comes by itself. */
const until = (is: () => boolean | Promise<boolean>) =>
  vi.waitUntil(is, { timeout: 20_000, interval: 2 });

/** Timers that attempts have armed and not yet cleared. */
const armed = new Map<unknown, () => void>();

beforeEach(() => {
  armed.clear();
  const { setTimeout: arm, clearTimeout: disarm } = globalThis;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms?: number) => {
    const timer = arm(run, ms);
    if (ms === ATTEMPT_MS) armed.set(timer, run);
    return timer;
  }) as typeof setTimeout);
  vi.spyOn(globalThis, "clearTimeout").mockImplementation((timer) => {
    armed.delete(timer);
    disarm(timer);
  });
});

afterEach(() => {
  expect(armed.size).toBe(0);
});

describe("an object that has pushed", () => {
  it("PUSH-23 keeps no timer, and goes on after an eviction", async () => {
    await withProviders();
    const token = deviceToken();
    const callee = await pushable({ os: "android", token });
    const { caller, session } = await callTo(callee);
    await pushes(token);
    await until(() => armed.size === 0);
    await evictDurableObject(objectOf(callee), { webSockets: "hibernate" });
    const phone = await connect(callee, "device=device-0");
    expect(await phone.rung()).toBe(session);
    phone.send("call.accept", { session_id: session });
    await caller.next("call.accepted");
    caller.send("call.end", { session_id: session });
    await phone.next("call.ended");
    expect(await pushes(token)).toHaveLength(1);
    await until(async () => (await alarmOf(callee)) === null);
  });

  it("PUSH-23 cuts a provider that hangs, and asks it again", async () => {
    await withProviders();
    const token = deviceToken();
    const callee = await pushable({ os: "android", token });
    await providers({ break: { to: token, hang: true, times: 1 } });
    const { caller, session } = await callTo(callee);
    await pushes(token);
    await until(() => armed.size === 1);
    await runInDurableObject(objectOf(callee), () => {
      for (const cut of armed.values()) cut();
    });
    await until(() => armed.size === 0);
    await until(async () => watched.takeLog("push.ring").length > 0);
    passTime(1_000);
    await runAlarm(callee);
    const [, second] = await pushes(token, 2);
    expect(second?.status).toBe(200);
    caller.send("call.end", { session_id: session });
    await pushes(token, 3);
    await until(() => armed.size === 0);
  });

  it("PUSH-9 makes an attempt again that was lost with it", async () => {
    await withProviders();
    const token = deviceToken();
    const callee = await pushable({ os: "android", token });
    await providers({ break: { to: token, status: 503, times: 1 } });
    await callTo(callee);
    await pushes(token);
    await until(() => watched.takeLog("push.ring").length > 0);
    await evictDurableObject(objectOf(callee), { webSockets: "close" });
    passTime(1_000);
    await runAlarm(callee);
    const [, second] = await pushes(token, 2);
    expect(second?.status).toBe(200);
    await until(() => armed.size === 0);
  });

  it("PUSH-3 has cost no Redis command", async () => {
    await withProviders();
    const token = deviceToken();
    const callee = await pushable({ os: "android", token });
    const commands = await countCommands(async () => {
      await callTo(callee);
      await pushes(token);
    }, callee);
    expect(commands).toBe(1);
    await until(() => armed.size === 0);
  });

  it("PUSH-24 names tokens in the log by the beginning of their hash only", async () => {
    await withProviders({ RECONNECT_GRACE_SECONDS: "0" });
    const token = deviceToken();
    const callee = await pushable({ os: "ios", token });
    await providers({ break: { to: token, status: 400, body: { reason: "BadTopic" } } });
    const { caller } = await callTo(callee);
    await caller.next("call.ended");
    const [line] = watched.takeLog("push.ring");
    expect(line).toMatchObject({ os: "ios", outcome: "refused", detail: "status 400: BadTopic" });
    expect(line?.["token"]).toMatch(/^[0-9a-f]{12}$/);
    expect(token).not.toContain(String(line?.["token"]));
    expect(JSON.stringify(line)).not.toContain(token);
    await until(() => armed.size === 0);
  });
});
