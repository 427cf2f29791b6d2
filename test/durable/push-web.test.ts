import { describe, expect, it } from "vitest";
import { AT_ONCE, anna, said, start } from "../support/push-callers.ts";
import { callTo, providers, pushable, pushes, withProviders } from "../support/push-control.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("Web Push", () => {
  it("PUSH-20 gets an encrypted message that replaces the one before", async () => {
    await withProviders();
    const { subscription } = await providers({ subscribe: true });
    const endpoint = subscription?.endpoint ?? "";
    const callee = await pushable({ os: "web", subscription });
    const caller = await anna();
    const session = await start(caller, callee, { ring_timeout: 30 });
    const [ring] = await pushes(endpoint);
    expect(ring).toMatchObject({ provider: "web_push", status: 201, problems: [] });
    expect(ring?.headers["topic"]).toBe(session.replaceAll("-", ""));
    expect(Number(ring?.headers["ttl"])).toBeLessThanOrEqual(30);
    expect(said(ring)).toMatchObject({
      type: "incoming_call",
      session_id: session,
      caller_name: "Anna",
      call_token: expect.any(String),
    });
    caller.send("call.end", { session_id: session });
    const [, cancel] = await pushes(endpoint, 2);
    expect(cancel).toMatchObject({ status: 201, headers: { ttl: "30" } });
    expect(said(cancel)).toMatchObject({ type: "call_cancelled", reason: "ended_by_user" });
  });

  it("PUSH-10 forgets a subscription that is gone", async () => {
    await withProviders(AT_ONCE);
    const { subscription } = await providers({ subscribe: true });
    const endpoint = `${subscription?.endpoint}-gone`;
    const callee = await pushable({ os: "web", subscription: { ...subscription, endpoint } });
    const { caller } = await callTo(callee);
    expect(await caller.next("call.ended")).toMatchObject({ reason: "unreachable" });
    caller.send("call.start", { callee_id: callee });
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
  });
});
