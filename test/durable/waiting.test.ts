import { describe, expect, it } from "vitest";
import { established, expectFree } from "../support/calls.ts";
import { connect, someone } from "../support/client.ts";
import { withVariables } from "../support/variables.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("a further caller", () => {
  it("DEV-7 is told that the user is busy, and the user's device in the call hears of it once", async () => {
    withVariables({ CALL_WAITING: "true" });
    const { caller, callee, session } = await established();
    const other = await connect(callee.user, "device=tablet");
    const third = await connect(someone("third"));
    for (const { user } of [callee, caller]) {
      third.send("call.start", { callee_id: user }, { ref: user });
      expect(await third.nextMessage("error")).toMatchObject({
        ref: user,
        payload: { code: "user_busy" },
      });
    }
    for (const client of [callee, caller]) {
      expect(await client.settled()).toEqual([
        {
          type: "call.waiting",
          payload: { caller_id: third.user, caller_info: { user_id: third.user } },
        },
      ]);
    }
    for (const client of [other, third]) expect(await client.settled()).toEqual([]);
    callee.send("call.end", { session_id: session });
    await caller.next("call.ended");
    await expectFree(third, callee);
  });

  it("DEV-7 is not mentioned where CALL_WAITING is not set", async () => {
    const { caller, callee } = await established();
    const third = await connect(someone("third"));
    third.send("call.start", { callee_id: callee.user });
    expect(await third.next("error")).toMatchObject({ code: "user_busy" });
    for (const client of [caller, callee]) expect(await client.settled()).toEqual([]);
  });
});
