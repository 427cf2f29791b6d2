import { abortAllDurableObjects } from "cloudflare:test";
import { expect, it } from "vitest";
import { connect, someone } from "../support/client.ts";

it("RESUME-2 replays exactly what was missed", async () => {
  const bob = someone("bob");
  const callee = await connect(bob, "resume=1&device=phone");
  const alice = await connect(someone("alice"));
  alice.send("call.start", { callee_id: bob });
  const ring = await callee.nextMessage("call.ring");
  expect(ring).toMatchObject({ seq: 1 });
  const { welcome } = callee;
  expect(welcome).toMatchObject({ seq: 0, resumed: false, calls: [] });
  await alice.next("call.ringing");
  const { session_id } = ring.payload as { session_id: string };
  callee.send("call.accept", { session_id }, { ref: "a" });
  expect(await callee.nextMessage("ack")).toMatchObject({
    ref: "a",
    ref_type: "call.accept",
    seq: 2,
  });
  await alice.next("call.accepted");
  await abortAllDurableObjects();
  alice.socket.close();
  const alice2 = await connect(alice.user);
  await alice2.next("call.resumed");
  for (let n = 0; n < 3; n += 1) alice2.send("webrtc.ice", { session_id, candidate: `c${n}` });
  await alice2.settled();
  const again = await connect(
    bob,
    `resume=1&device=phone&seq=1&resume_token=${String(welcome["resume_token"])}`,
  );
  expect(await again.nextMessage("ack")).toMatchObject({ seq: 2 });
  expect(await again.nextMessage("call.peer_reconnecting")).toMatchObject({ seq: 3 });
  expect(await again.nextMessage("call.peer_reconnected")).toMatchObject({ seq: 4 });
  for (let n = 0; n < 3; n += 1) {
    expect(await again.nextMessage("webrtc.ice")).toMatchObject({
      seq: 5 + n,
      payload: { candidate: `c${n}` },
    });
  }
  again.send("call.accept", { session_id }, { ref: "a" });
  expect(await again.nextMessage("ack")).toMatchObject({ ref: "a", seq: 8 });
});
