import { describe, expect, it } from "vitest";
import { established, ring, type TestCall } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { paid, runAlarm } from "../support/objects.ts";
import { countCommands, keysOf } from "../support/redis-control.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();
const keys = ({ caller, callee, session }: TestCall) => keysOf(session, caller.user, callee.user);

describe("what a call costs", () => {
  it("STORE-1 is one command for the start, one for the answer and one for the end", async () => {
    const caller = await connect(someone("caller"));
    const callee = await connect(someone("callee"));
    const count = (work: () => Promise<unknown>) => countCommands(work, callee.user);
    let session_id = "";
    expect(await count(async () => (session_id = await ring(caller, callee)))).toBe(1);
    const accept = async () => {
      callee.send("call.accept", { session_id });
      await caller.next("call.accepted");
      await callee.settled();
    };
    expect(await count(accept)).toBe(1);
    const end = async () => {
      callee.send("call.end", { session_id });
      await caller.next("call.ended");
      await callee.settled();
      await Promise.all([paid(caller.user), paid(callee.user)]);
    };
    expect(await count(end)).toBe(1);
    expect(await keys({ caller, callee, session: session_id })).toEqual([]);
  });

  it("STORE-1 is two commands in all for a call that is rejected, missed or given up", async () => {
    const ends = [
      async ({ caller, callee, session }: TestCall) => {
        callee.send("call.reject", { session_id: session });
        await caller.next("call.rejected");
        await callee.settled();
      },
      async ({ caller, callee }: TestCall) => {
        passTime(45_000);
        await runAlarm(caller.user);
        await callee.next("call.ended");
      },
      async ({ caller, callee }: TestCall) => {
        caller.close();
        await callee.next("call.ended");
      },
    ];
    for (const end of ends) {
      const caller = await connect(someone("caller"));
      const callee = await connect(someone("callee"));
      const commands = await countCommands(async () => {
        const session = await ring(caller, callee);
        await end({ caller, callee, session });
        await Promise.all([paid(caller.user), paid(callee.user)]);
        expect(await keys({ caller, callee, session })).toEqual([]);
      }, callee.user);
      expect(commands).toBe(2);
    }
  });

  it("STORE-1 is one command more for a start that is taken back", async () => {
    const caller = await connect(someone("caller"));
    const callee_id = someone("nobody");
    const commands = await countCommands(async () => {
      caller.send("call.start", { callee_id });
      await caller.next("error");
      await paid(caller.user);
    }, caller.user);
    expect(commands).toBe(2);
  });

  it("STORE-2 is nothing for what is relayed, checked or refused", async () => {
    const { caller, callee, session: session_id } = await established();
    const use = async () => {
      for (const [from, to] of [
        [caller, callee],
        [callee, caller],
      ] as const) {
        from.send("webrtc.offer", { session_id, sdp: "v=0" });
        await to.next("webrtc.offer");
        from.send("call.check", { session_id });
        await from.next("call.check_result");
        from.send("call.start", { callee_id: to.user });
        await from.next("error");
      }
    };
    let ofUsers = -1;
    const ofCall = await countCommands(async () => {
      ofUsers = await countCommands(use, caller.user);
    }, session_id);
    expect([ofCall, ofUsers]).toEqual([0, 0]);
  });
});
