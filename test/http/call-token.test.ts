import { describe, expect, it } from "vitest";
import { connect, request, someone } from "../support/client.ts";
import { runAlarm } from "../support/objects.ts";
import { callTo, deviceToken, pushable, pushes, withProviders } from "../support/push-control.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** Asks about a call as a woken app does. */
function call(method: string, path: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return request(`/calls/${path}`, { method, headers });
}

/** A call that rings by push on one device; its call token is what the push carried. */
async function woken(start: object = {}) {
  await withProviders();
  const token = deviceToken();
  const callee = await pushable({ os: "android", token });
  const { caller, session } = await callTo(callee, start);
  const [ring] = await pushes(token);
  const { data = {} } = (ring?.said ?? {}) as { data?: Record<string, string> };
  return { caller, callee, session, data, token: data["call_token"] ?? "" };
}

const answer = async (response: Response) => [response.status, await response.json()];

describe("a woken device", () => {
  it("PUSH-15 reads the call", async () => {
    const { caller, session, data, token } = await woken();
    const response = await call("GET", session, token);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await answer(response)).toEqual([
      200,
      {
        session_id: session,
        state: "ringing",
        caller_id: caller.user,
        caller_info: { user_id: caller.user },
        expires_at: Number(data["expires_at"]),
      },
    ]);
    caller.send("call.end", { session_id: session });
    await caller.settled();
    expect((await call("GET", session, token)).status).toBe(404);
  });

  it("PUSH-15 accepts, and PUSH-16 its socket takes the call over", async () => {
    const { caller, callee, session, token } = await woken();
    const accepted = [200, { session_id: session, state: "accepted" }];
    expect(await answer(await call("POST", `${session}/accept`, token))).toEqual(accepted);
    await caller.next("call.accepted");
    expect(await answer(await call("POST", `${session}/accept`, token))).toEqual(accepted);
    caller.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await caller.settled();
    const bob = await connect(callee);
    bob.send("call.check", { session_id: session });
    expect((await bob.next("call.resumed"))["role"]).toBe("callee");
    await bob.next("webrtc.offer");
    expect(await bob.next("call.check_result")).toMatchObject({ state: "accepted" });
    passTime(15_000);
    await runAlarm(callee);
    bob.send("webrtc.answer", { session_id: session, sdp: "v=0" });
    await caller.next("webrtc.answer");
  });

  it("PUSH-16 that accepts and never comes loses the call after the grace", async () => {
    const { caller, callee, session, token } = await woken();
    await call("POST", `${session}/accept`, token);
    await caller.next("call.accepted");
    passTime(15_000);
    await runAlarm(callee);
    expect(await caller.next("call.ended")).toEqual({
      session_id: session,
      reason: "peer_disconnected",
    });
  });

  it("PUSH-15 declines", async () => {
    const { caller, session, token } = await woken();
    const rejected = [200, { session_id: session, state: "rejected" }];
    expect(await answer(await call("POST", `${session}/reject`, token))).toEqual(rejected);
    await caller.next("call.rejected");
    expect(await answer(await call("POST", `${session}/reject`, token))).toEqual(rejected);
    expect((await call("POST", `${session}/accept`, token)).status).toBe(409);
  });

  it("PUSH-15 says that it rings, for a caller that wants to know", async () => {
    const { caller, session, token } = await woken({ progress: true });
    expect(await caller.next("call.progress")).toEqual({
      session_id: session,
      device: "device-0",
      stage: "notified",
    });
    const ringing = [200, { session_id: session, state: "ringing" }];
    expect(await answer(await call("POST", `${session}/ringing`, token))).toEqual(ringing);
    expect(await caller.next("call.progress")).toMatchObject({ stage: "ringing" });
  });

  it("PUSH-15 is told the reason when the call is over", async () => {
    const { caller, session, token } = await woken();
    caller.send("call.end", { session_id: session });
    await caller.settled();
    expect(await answer(await call("POST", `${session}/accept`, token))).toEqual([
      409,
      { error: "Session not found", reason: "ended_by_user" },
    ]);
  });
});

describe("a call token", () => {
  it("PUSH-15 is needed, and must be known: else 401", async () => {
    const { session, token } = await woken();
    for (const bad of [undefined, "", "x", "x.y", "..", `${token}0`, "Ym9i.0123"]) {
      expect((await call("GET", session, bad)).status).toBe(401);
      expect((await call("POST", `${session}/accept`, bad)).status).toBe(401);
    }
  });

  it("PUSH-15 of another call is 403", async () => {
    const [one, other] = [await woken(), await woken()];
    expect((await call("POST", `${one.session}/accept`, other.token)).status).toBe(403);
    expect((await call("GET", crypto.randomUUID(), other.token)).status).toBe(403);
  });

  it("PUSH-15 is good until the ring's end", async () => {
    const { session, token } = await woken({ ring_timeout: 5 });
    passTime(5_000);
    expect((await call("POST", `${session}/accept`, token)).status).toBe(401);
  });

  it("PUSH-15 opens nothing else", async () => {
    const { session, token } = await woken();
    for (const path of [`${session}/end`, `${session}/`, `${session}/accept/x`]) {
      expect((await call("POST", path, token)).status).toBe(404);
    }
    expect((await call("PUT", session, token)).status).toBe(404);
    expect(
      (await request(`/ws?token=${token}`, { headers: { upgrade: "websocket" } })).status,
    ).toBe(401);
    const user = someone("ann");
    const init = { method: "DELETE", headers: { authorization: `Bearer ${token}` } };
    expect((await request(`/devices/${user}`, init)).status).toBe(401);
  });
});
