import { describe, expect, test } from "vitest";
import { endReasons } from "../../src/protocol/calls.ts";
import { client, clientMessage, isFlat, server } from "../../src/protocol/index.ts";
import type * as z from "zod";
import type { ClientMessage, ServerMessage } from "../../src/protocol/message.ts";

/** Names that every object inherits: none of them may ever be taken for a message. */
const INHERITED = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

describe("requests", () => {
  // Fields and texts as the wire has them; `?` marks an optional field.
  const wire: Record<keyof typeof client, [fields: string, ...missing: string[]]> = {
    "call.start": [
      "callee_id callee_device_token? callee_os? ring_timeout? progress? glare?",
      "Missing callee_id",
    ],
    "call.accept": ["session_id", "Missing session_id"],
    "call.reject": ["session_id", "Missing session_id"],
    "call.ignore": ["session_id", "Missing session_id"],
    "call.end": ["session_id", "Missing session_id"],
    "call.check": ["session_id", "Missing session_id"],
    "webrtc.offer": ["session_id sdp", "Missing session_id or sdp"],
    "webrtc.answer": ["session_id sdp", "Missing session_id or sdp"],
    "webrtc.ice": ["session_id candidate? sdpMid? sdpMLineIndex?", "Missing session_id"],
    "push.register": ["device? os token? alert_token? environment? subscription?", "Missing os"],
    "push.unregister": ["device?", "Missing device"],
    "call.ring_ack": ["session_id", "Missing session_id"],
    "room.create": ["room? peerinfo? data?"],
    "room.join": ["room peerinfo? data?", "Missing room"],
    "room.accept": ["room peer_id data?", "Missing room", "Missing peer_id"],
    "room.reject": ["room peer_id data?", "Missing room", "Missing peer_id"],
    "room.withdraw": ["room", "Missing room"],
    "room.leave": ["room", "Missing room"],
    "room.kick": ["room peer_id", "Missing room", "Missing peer_id"],
    "room.ban": ["room peer_id", "Missing room", "Missing peer_id"],
    "room.lock": ["room locked", "Missing room"],
    "room.cohost": ["room peer_id on", "Missing room", "Missing peer_id"],
    "room.signal": ["to room? description? candidate? data?", "Missing to"],
    "ice.get": ["", "Invalid payload"],
    offer: ["to data?", "Missing to"],
    answer: ["to data?", "Missing to"],
    ice: ["to data?", "Missing to"],
    "*": ["to data?", "Missing to"],
    subscribe: ["channel listen? since?", "Missing channel"],
    unsubscribe: ["channel", "Missing channel"],
    broadcast: ["channel event? payload?", "Missing channel"],
    presence_join: ["channel payload?", "Missing channel"],
    presence_update: ["channel payload?", "Missing channel"],
    presence_leave: ["channel", "Missing channel"],
    send_message: ["message?", "Invalid payload"],
    change_room: ["name?", "Invalid payload"],
  };

  test.each(Object.entries(wire))("%s has the fields of the wire", (type, [fields, ...texts]) => {
    const { payload, missing, doc }: ClientMessage = client[type as keyof typeof client];
    const names = Object.entries(payload.shape).map(
      ([name, field]) => [name, (field as z.ZodType).safeParse(undefined).success] as const,
    );
    expect(names.map(([name, isOptional]) => `${name}${isOptional ? "?" : ""}`).join(" ")).toBe(
      fields,
    );
    const own = names.flatMap(([name, isOptional]) =>
      typeof missing === "string" || isOptional ? [] : (missing[name] ?? []),
    );
    expect(typeof missing === "string" ? [missing] : own).toEqual(texts);
    expect(doc).toMatch(/\.$/);
  });

  test("are those of the wire, and no others", () => {
    expect(Object.keys(client)).toEqual(Object.keys(wire));
  });

  test.each(INHERITED)("FRAME-2 are never found under the inherited name %s", (name) => {
    expect(clientMessage(name)).toBeUndefined();
  });

  test("FRAME-5 have the limit of their family", () => {
    const limits = Map.groupBy(Object.entries(client), ([, { limit }]) => limit);
    const types = [...limits].map(([limit, some]) => [limit, some.map(([type]) => type)]);
    expect(Object.fromEntries(types)).toEqual({
      524_288: Object.keys(client).filter((type) => /\.|^(offer|answer|ice|\*)$/.test(type)),
      65_536: Object.keys(client).filter((type) =>
        /^(un)?subscribe|^broadcast|^presence/.test(type),
      ),
      1_048_576: ["send_message", "change_room"],
    });
  });

  test.each([
    [5, true],
    [180, true],
    [4, false],
    [181, false],
    [5.5, false],
    ["30", false],
  ])("CALL-18 ring_timeout %j: %s", (ring_timeout, fits) => {
    const { payload } = client["call.start"];
    expect(payload.safeParse({ callee_id: "bob", ring_timeout }).success).toBe(fits);
  });
});

describe("events", () => {
  test("are described, all of them", () => {
    for (const { doc } of Object.values(server)) expect(doc).toMatch(/\.$/);
  });

  test("stand flat where the wire says so", () => {
    expect(Object.keys(server).filter(isFlat)).toEqual([
      "offer",
      "answer",
      "ice",
      "broadcast",
      "presence_join",
      "presence_update",
      "presence_leave",
      "presence_sync",
      "ack",
    ]);
  });

  test("agree with their own description on being flat", () => {
    for (const [type, message] of Object.entries<ServerMessage>(server)) {
      expect(isFlat(type)).toBe(message.flat === true);
    }
  });

  test.each(INHERITED)("are never flat under the inherited name %s", (name) => {
    expect(isFlat(name)).toBe(false);
  });

  test("name every reason of the wire", () => {
    expect(Object.keys(endReasons)).toEqual(
      expect.arrayContaining([
        "ended_by_user",
        "peer_disconnected",
        "no_answer",
        "unreachable",
        "answered_elsewhere",
        "declined_elsewhere",
      ]),
    );
    for (const doc of Object.values(endReasons)) expect(doc).toMatch(/\.$/);
  });
});
