/** What Socket.IO clients say beside their requests: `payload` and `peerinfo` reach the others as sent. */
import { describe, expect, it } from "vitest";
import { connectAs, someone } from "../support/client.ts";
import { connectSio } from "../support/socket-io.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

describe("what Socket.IO peers say", () => {
  it.each([[null], [0], [false], [""], [[]]])(
    "SIO-23 arrives as it was sent: %j",
    async (payload) => {
      const app = someone("app");
      const owner = await connectSio(app);
      const asker = await connectSio(app);
      const heard: unknown[] = [];
      const hear = async (peer: typeof owner) => heard.push((await peer.socket.event())[1]);
      owner.ask("room-create-request", { room: "r", payload });
      await hear(owner);
      asker.ask("room-join-request", { room: "none", payload });
      await hear(asker);
      asker.ask("room-join-request", { room: "r", payload });
      await hear(owner);
      owner.ask("room-join-accept", { room: "r", peer_id: asker.id, payload });
      await hear(owner);
      await hear(asker);
      owner.ask("relay-ice-candidate", { to: asker.id, ice_candidate: null, payload });
      await hear(asker);
      expect(heard).toMatchObject(Array.from({ length: 6 }, () => ({ payload })));
    },
  );

  it("SIO-23 reaches native members as data, null too, and stays absent when it is not there", async () => {
    const app = someone("app");
    const owner = await connectAs("owner", { sub: someone("owner"), app });
    owner.send("room.create", { room: "r", data: null });
    expect(await owner.next("room.created")).not.toHaveProperty("data");
    const asker = await connectSio(app);
    asker.ask("room-join-request", { room: "r", payload: null });
    expect(await owner.next("room.join_requested")).toMatchObject({ data: null });
    asker.ask("room-join-request", { room: "r" });
    expect(await owner.next("room.join_requested")).not.toHaveProperty("data");
  });

  it("SIO-24 of themselves while they ask is what the members hear", async () => {
    const app = someone("app");
    const owner = await connectSio(app);
    const asker = await connectSio(app, { name: "before" });
    owner.ask("room-create-request", { room: "r" });
    await owner.socket.event();
    asker.ask("room-join-request", { room: "r" });
    expect(await owner.socket.event()).toMatchObject([
      "room-join-request",
      { peerinfo: { name: "before" } },
    ]);
    asker.socket.emit("auth-request", { token: asker.token, peerinfo: { name: "after" } });
    await asker.socket.event();
    // Its next request is behind the news in the room's queue.
    asker.ask("room-join-accept", { room: "r", peer_id: asker.id }, 1);
    expect(await asker.socket.frame()).toMatch(/^431\[\{"ok":false/);
    owner.ask("room-join-accept", { room: "r", peer_id: asker.id });
    expect(await owner.socket.event()).toMatchObject([
      "room-user-join",
      { peer_id: asker.id, peerinfo: { name: "after" } },
    ]);
  });
});
