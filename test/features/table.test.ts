import { describe, expect, test } from "vitest";
import { established, newWorld, ringing, type World } from "../support/world.ts";

/** Who asks: a part of the call, another device of one of its users, or somebody else. */
const people = ["caller", "callee", "caller's tablet", "callee's tablet", "stranger"] as const;
type Person = (typeof people)[number];
const requests = [
  "call.accept",
  "call.reject",
  "call.end",
  "call.check",
  "webrtc.offer",
  "webrtc.answer",
  "webrtc.ice",
] as const;
type Request = (typeof requests)[number];
type State = "ringing" | "accepted" | "over";

const SILENT = "nothing";
const NOT_FOUND = "session_not_found Session not found";
const STRANGER = "unauthorized Not authorized";
const TRANSITION = "invalid_state Invalid state transition";
const NOT_ACCEPTED = "invalid_state Call not in accepted state";

/** What the contract answers, in the order of its tests: is there a call, whose is it, may it be now. */
function expected(request: Request, person: Person, state: State): string {
  if (request === "call.check") {
    if (state === "over") return "call.check_result";
    return person === "stranger" ? STRANGER : `call.check_result ${state}`;
  }
  if (state === "over") return NOT_FOUND;
  if (person === "stranger") return STRANGER;
  const caller = person.startsWith("caller");
  const tablet = person.endsWith("tablet");
  switch (request) {
    case "call.end":
      return SILENT;
    case "call.accept":
    case "call.reject":
      if (caller) return STRANGER;
      return state === "ringing" ? SILENT : TRANSITION;
    case "webrtc.offer":
    case "webrtc.answer":
    case "webrtc.ice":
      // Early signaling is the calling device's; in an accepted call, that of the two devices in it.
      if (state === "ringing" && !caller) return NOT_ACCEPTED;
      return tablet ? STRANGER : SILENT;
  }
}

async function inState(world: World, state: State) {
  const call = await (state === "ringing" ? ringing(world) : established(world));
  if (state === "over") await call.ann.send("call.end", { session_id: call.session });
  const tablet = { label: "tablet" };
  const clients = {
    caller: call.ann,
    callee: call.bob,
    "caller's tablet": world.connect("ann", tablet),
    "callee's tablet": world.connect("bob", tablet),
    stranger: world.connect("cem"),
  };
  await world.quiet();
  for (const client of Object.values(clients)) client.take();
  return { session: call.session, clients };
}

const rows = (["ringing", "accepted", "over"] as const).flatMap((state) =>
  people.flatMap((person) =>
    requests.map((request) => ({
      request,
      person,
      state,
      answer: expected(request, person, state),
    })),
  ),
);

describe("the call table on the wire", () => {
  test.each(rows)(
    "CALL-11 $request by the $person in a call that is $state: $answer",
    async ({ request, person, state, answer }) => {
      const world = newWorld();
      const { session, clients } = await inState(world, state);
      await clients[person].send(request, { session_id: session, sdp: "v=0" });
      await world.quiet();
      const answers = clients[person].take().map(({ type, payload }) => {
        if (type === "error") return `${String(payload["code"])} ${String(payload["message"])}`;
        return [type, payload["state"]].filter(Boolean).join(" ");
      });
      expect(answers.join() || SILENT).toBe(answer);
    },
  );

  test.each(rows.filter(({ state, answer }) => state !== "over" && answer.includes(" ")))(
    "CALL-11 $request by the $person leaves a call that is $state as it was",
    async ({ request, person, state }) => {
      const world = newWorld();
      const { session, clients } = await inState(world, state);
      await clients[person].send(request, { session_id: session, sdp: "v=0" });
      await clients[person].send("call.check", { session_id: session });
      await clients.caller.send("call.check", { session_id: session });
      expect(clients.caller.last("call.check_result")).toEqual({
        session_id: session,
        exists: true,
        state,
        caller_id: "ann",
      });
    },
  );

  test.each(requests)("CALL-10 %s of a call that never was", async (request) => {
    const world = newWorld();
    const ann = world.connect("ann");
    await ann.send(request, { session_id: world.uuid(), sdp: "v=0" });
    const answer = request === "call.check" ? "call.check_result" : "error session_not_found";
    expect(ann.heard()).toEqual([answer]);
  });
});
