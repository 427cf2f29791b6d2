import { evictAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { countCommands, keysOf } from "../support/redis-control.ts";
import { connect, established, paid, ringing, someone } from "../support/client.ts";

describe("a call", () => {
  it("CALL-1 rings the callee, then tells the caller", async () => {
    const { session } = await ringing();
    expect(session).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("STORE-1 costs three commands from start to end", async () => {
    const left: string[] = [];
    const count = await countCommands(async () => {
      const { caller, callee, session } = await established();
      await evictAllDurableObjects();
      caller.send("call.end", { session_id: session });
      expect(await callee.next("call.ended")).toMatchObject({ reason: "ended_by_user" });
      await paid(caller.user);
      left.push(...(await keysOf(session, caller.user, callee.user)));
    });
    expect(count).toBe(3);
  });

  it("CALL-2 says offline before busy", async () => {
    const { caller } = await established();
    caller.send("call.start", { callee_id: someone("nobody") });
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
    const third = await connect(someone("third"));
    caller.send("call.start", { callee_id: third.user });
    expect(await caller.next("error")).toMatchObject({ code: "user_busy" });
  });
});
