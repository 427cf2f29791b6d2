import { describe, expect, test } from "vitest";
import { worthRepeating } from "../../src/durable/starting-over.ts";
import type { Connection } from "../../src/features/connection.ts";

const connection = { resume: true } as Connection;
const frame = (type: string) => JSON.stringify({ type, payload: { session_id: "live" } });
const repeated = (frames: readonly string[]) =>
  worthRepeating(frames, new Set(["live"]), connection, false).map(({ type }) => type);

describe("a client that starts over", () => {
  test("RESUME-3 gets again what belongs to its call, not what others say of it elsewhere", () => {
    const frames = ["webrtc.ice", "broadcast", "new_message", "offer", "call.accepted"].map(frame);
    expect(repeated(frames)).toEqual(["webrtc.ice", "call.accepted"]);
  });

  test("RESUME-3 gets nothing where an event has no payload", () => {
    const events = ['{"type":"broadcast","payload":null}', '{"type":"presence_sync","users":[]}'];
    expect(repeated(events)).toEqual([]);
  });
});
