import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { User } from "../../src/durable/user.ts";
import { established, ring, ringing } from "../support/calls.ts";
import { bytesOf, connect, connectAs, someone, upgrade } from "../support/client.ts";
import { objectOf, runAlarm } from "../support/objects.ts";
import { now } from "../support/tokens.ts";
import { watchEachTest, passTime } from "../support/workerd.ts";

watchEachTest();

describe("a new socket", () => {
  it("CONN-7 hears nothing, be the user new, known, or done with a call", async () => {
    const { caller, callee, session } = await established();
    caller.send("call.end", { session_id: session });
    await callee.next("call.ended");
    await callee.lose();
    for (const user of [someone("new"), caller.user, callee.user]) {
      expect(await (await connect(user)).settled()).toEqual([]);
    }
  });

  it("CONN-8 gets pong for ping, without waking the object and without an effect on its budget", async () => {
    const client = await connect(someone("user"));
    const woken = vi.spyOn(User.prototype, "webSocketMessage");
    const pongs = new Promise<string[]>((resolve) => {
      const heard: string[] = [];
      client.socket.addEventListener("message", ({ data }) => {
        if (heard.push(String(data)) === 300) resolve(heard);
      });
    });
    for (let count = 0; count < 300; count += 1) client.raw("ping");
    expect(new Set(await pongs)).toEqual(new Set(["pong"]));
    expect(woken).not.toHaveBeenCalled();
    const answered = await runInDurableObject(objectOf(client.user), (_, state) =>
      state.getWebSockets().map((socket) => state.getWebSocketAutoResponseTimestamp(socket)),
    );
    expect(answered).toEqual([expect.any(Date)]);
    for (let count = 0; count < 199; count += 1) client.raw("{}");
    const budget = (await client.settled()).map(({ payload }) => payload["code"]);
    expect(new Set(budget)).toEqual(new Set(["invalid_message"]));
  });

  it("CONN-8 takes nothing else for a ping", async () => {
    const client = await connect(someone("user"));
    for (const frame of ["Ping", " ping", "ping\n", '"ping"', bytesOf("ping")]) {
      client.raw(frame);
      expect(await client.next("error")).toMatchObject({ message: "Invalid message format" });
    }
    client.raw('{"type":"ping"}');
    expect(await client.next("error")).toMatchObject({ message: "Unknown message type" });
  });
});

describe("one live socket per device", () => {
  const replaced = { code: 4001, reason: "replaced" };

  it("CONN-9 closes the older socket of a label, from the address or the token, and no other", async () => {
    const user = someone("user");
    const first = await connect(user, "device=phone");
    const others = [await connect(user, "device=tablet"), await connect(user)];
    const stranger = await connect(someone("other"), "device=phone");
    const second = await connectAs(user, { sub: user, device: "phone" });
    expect(await first.closed).toEqual(replaced);
    const third = await connect(user, "device=phone");
    expect(await second.closed).toEqual(replaced);
    for (const client of [...others, stranger, third]) expect(await client.settled()).toEqual([]);
  });

  it("CONN-9 carries the call over to the new socket, and the peer notices nothing", async () => {
    const { caller, callee, session } = await established({ callee: "device=phone" });
    const next = await connect(callee.user, "device=phone");
    expect(await callee.closed).toEqual(replaced);
    expect(await next.next("call.resumed")).toMatchObject({
      session_id: session,
      state: "accepted",
    });
    next.send("webrtc.offer", { session_id: session, sdp: "v=0" });
    await caller.next("webrtc.offer");
    caller.send("webrtc.answer", { session_id: session, sdp: "v=1" });
    await next.next("webrtc.answer");
    passTime(60_000);
    await Promise.all([runAlarm(callee.user), runAlarm(caller.user)]);
    for (const client of [caller, next]) expect(await client.settled()).toEqual([]);
  });

  it("CONN-9 carries a ringing call over to the caller's new socket", async () => {
    const { caller, callee, session } = await ringing({ caller: "device=phone" });
    const next = await connect(caller.user, "device=phone");
    expect(await caller.closed).toEqual(replaced);
    const resumed = { session_id: session, state: "ringing", role: "caller", peer_id: callee.user };
    expect(await next.next("call.resumed")).toEqual(resumed);
    next.send("call.check", { session_id: session });
    await next.next("call.check_result");
    callee.send("call.accept", { session_id: session });
    expect(await next.next("call.accepted")).toMatchObject({ session_id: session });
  });

  it("CONN-10 takes unlabelled sockets of a user named by `hash` for one device", async () => {
    const user = someone("user");
    const labelled = await connectAs(user, { hash: user, device: "phone" });
    const first = await connectAs(user, { hash: user });
    const second = await connectAs(user, { hash: user });
    expect(await first.closed).toEqual(replaced);
    for (const client of [labelled, second]) expect(await client.settled()).toEqual([]);
  });

  it("CONN-10 takes every other unlabelled socket for a device of its own", async () => {
    const user = someone("user");
    const clients = [
      await connectAs(user, { sub: user }),
      await connectAs(user, { sub: user }),
      await connectAs(user, { user_id: user }),
      await connect(user),
      await connect(user),
      await connectAs(user, { hash: user }),
    ];
    const caller = await connect(someone("caller"));
    caller.send("call.start", { callee_id: user });
    const rung = await Promise.all(clients.map((client) => client.rung()));
    expect(new Set(rung).size).toBe(1);
  });
});

describe("a token that expires", () => {
  const expired = { code: 4002, reason: "token_expired" };

  it("CONN-12 closes its socket at that moment, not before, and no other", async () => {
    passTime(0);
    const user = someone("user");
    const client = await connectAs(user, { sub: user, exp: now() + 60 });
    const longer = await connectAs(user, { sub: user, exp: now() + 120 });
    const forever = await connect(user);
    passTime(59_000);
    await runAlarm(user);
    expect(await client.settled()).toEqual([]);
    passTime(1_000);
    await runAlarm(user);
    expect(await client.closed).toEqual(expired);
    expect(await longer.settled()).toEqual([]);
    passTime(60_000);
    await runAlarm(user);
    expect(await longer.closed).toEqual(expired);
    expect(await forever.settled()).toEqual([]);
  });

  it.each(["ringing", "accepted"])(
    "CONN-12 closes a socket in a call (%s) at its end",
    async (state) => {
      const [from, to] = [someone("caller"), someone("callee")];
      const caller = await connectAs(from, { sub: from, exp: now() + 20 });
      const callee = await connectAs(to, { sub: to, exp: now() + 20 });
      const session_id = await ring(caller, callee);
      if (state === "accepted") {
        callee.send("call.accept", { session_id });
        await caller.next("call.accepted");
      }
      const idle = await connectAs(from, { sub: from, exp: now() + 20 });
      passTime(21_000);
      for (const user of [from, to]) await runAlarm(user);
      expect(await idle.closed).toEqual(expired);
      for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
      caller.send("call.end", { session_id });
      expect(await callee.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
      for (const client of [caller, callee]) expect(await client.closed).toEqual(expired);
    },
  );
});

describe("closing", () => {
  it.each([1000, 1001, 3000, 3999, 4000, 4001, 4999])(
    "CONN-13 answers a close with %i alike",
    async (code) => {
      const client = await connect(someone("user"));
      client.close(code, "bye");
      expect(await client.closed).toMatchObject({ code });
    },
  );

  it("CONN-13 answers a close without a code, and carries out what was sent before it", async () => {
    for (const role of ["caller", "callee"] as const) {
      const { session, ...call } = await established();
      call[role].send("call.end", { session_id: session });
      call[role].close();
      expect([1000, 1005]).toContain((await call[role].closed).code);
      const peer = role === "caller" ? call.callee : call.caller;
      expect(await peer.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
    }
  });
});

describe("how often a user may connect", () => {
  it("CONN-14 lets 30 sockets in 10 seconds pass, then says when to try again", async () => {
    passTime(0);
    const user = someone("user");
    for (let count = 0; count < 30; count += 1) {
      expect((await upgrade(`user_id=${user}`)).status).toBe(101);
    }
    const refused = await upgrade(`user_id=${user}`);
    expect(refused.status).toBe(429);
    expect(await refused.text()).toBe("Too many requests\n");
    expect(refused.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(refused.headers.get("x-content-type-options")).toBe("nosniff");
    expect(Number(refused.headers.get("retry-after"))).toBe(10);
    expect((await upgrade(`user_id=${someone("other")}`)).status).toBe(101);
    passTime(9_999);
    const again = await upgrade(`user_id=${user}`);
    expect(again.headers.get("retry-after")).toBe("1");
    // An answer that nobody reads keeps its object awake.
    await again.text();
    passTime(1);
    expect((await upgrade(`user_id=${user}`)).status).toBe(101);
  });
});
