import { describe, expect, it } from "vitest";
import type { Call, CallEnd } from "../../examples/web-client/src/edgering.ts";
import {
  awayWords,
  displayName,
  endWords,
  problemWords,
  spokenPhase,
} from "../../examples/web-client/src/words.ts";

const call = (over: Partial<Call> = {}) =>
  ({
    role: "caller",
    phase: "ringing",
    peer: { user_id: "bob", name: "Bob" },
    connectedAt: undefined,
    ...over,
  }) as Call;
const incoming = call({ role: "callee", phase: "incoming" });
const talking = call({ phase: "connected", connectedAt: 1 });
const end = (code: string, of = call(), detail: Partial<CallEnd> = {}): string =>
  endWords({ code, call: of, ...detail });

describe("CLIENT-6 a peer that lost its connection", () => {
  it("is said to be reconnecting, for as long as it is", () => {
    const away = call({ phase: "connected", peerAway: true });
    expect([awayWords(away), spokenPhase(away)]).toEqual(Array(2).fill("Bob is reconnecting…"));
    expect(awayWords(talking)).toBeUndefined();
  });
});

describe("CLIENT-6 what ended a call, in plain words", () => {
  it.each([
    ["user_offline", call(), "Bob is offline."],
    ["user_busy", call(), "Bob is busy."],
    ["no_answer", call(), "Bob did not answer."],
    ["no_answer", incoming, "Missed call from Bob."],
    ["declined", call(), "Bob declined the call."],
    ["ended_by_user", incoming, "Missed call from Bob."],
    ["ended_by_user", talking, "Bob ended the call."],
    ["hung_up", call(), "Call cancelled."],
    ["hung_up", talking, "Call ended."],
    ["peer_disconnected", talking, "Bob lost the connection."],
    ["answered_elsewhere", incoming, "Answered on another device."],
    ["connection_lost", talking, "The connection was lost, so the call ended."],
    ["microphone_missing", call(), "No microphone was found. Plug one in, then try again."],
  ])("%s", (code, of, words) => {
    expect(end(code, of)).toBe(words);
  });

  it("repeats what the service said, when it knows no better", () => {
    const words = end("internal_error", call(), {
      message: "Failed to start call",
      retryAfter: 2.4,
    });
    expect(words).toBe("The server says: Failed to start call. Try again in 3 seconds.");
    expect(end("code_of_tomorrow")).toBe("Something went wrong (code_of_tomorrow).");
  });
});

describe("other words", () => {
  it("say what failed while the call goes on", () => {
    expect(problemWords({ code: "camera_refused" })).toContain("audio only");
    expect(problemWords({ code: "rate_limited", message: "Too many messages" })).toBe(
      "The server says: Too many messages.",
    );
  });

  it("name people by the best name known", () => {
    expect(displayName({ user_id: "u1", username: "bobby", name: "Bob" })).toBe("Bob");
    expect(displayName({ user_id: "u1", username: "bobby" })).toBe("bobby");
    expect(displayName({ user_id: "u1" })).toBe("u1");
  });

  it("can be read out", () => {
    expect(spokenPhase(incoming)).toBe("Bob is calling you");
    expect(spokenPhase(call())).toBe("Bob: Ringing…");
  });
});
