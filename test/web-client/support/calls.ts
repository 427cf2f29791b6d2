import { settle } from "./clock.ts";
import { World } from "./world.ts";

/** The session of the calls that these helpers set up. */
export const SESSION = "5e551011-0000-4000-8000-000000000001";
export const BOB = { user_id: "bob", name: "Bob Berg" };

/** A client that has sent `call.start` to bob. */
export const starting = async (world = new World(), video = false): Promise<World> => {
  await world.open();
  await world.client.call("bob", { video });
  await settle();
  return world;
};

/** … and hears it ring. */
export const ringing = async (world = new World(), video = false): Promise<World> => {
  await starting(world, video);
  world.socket.say(
    "call.ringing",
    { session_id: SESSION, callee_id: "bob" },
    world.socket.last("call.start").ref,
  );
  return world;
};

/** … and bob has accepted: our offer is out. */
export const offered = async (world = new World(), video = false): Promise<World> => {
  await ringing(world, video);
  world.socket.say("call.accepted", { session_id: SESSION, callee_info: BOB });
  await settle();
  return world;
};

/** … and media flows. */
export const callerConnected = async (world = new World(), video = false): Promise<World> => {
  await offered(world, video);
  world.socket.say("webrtc.answer", { session_id: SESSION, sdp: "remote audio" });
  await settle();
  world.peer.connection("connected");
  return world;
};

/** A client that bob rings. */
export const rung = async (world = new World()): Promise<World> => {
  await world.open();
  world.socket.say("call.ring", { session_id: SESSION, caller_id: "bob", caller_info: BOB });
  return world;
};

/** … and that has sent `call.accept`. */
export const accepting = async (world = new World(), video = false): Promise<World> => {
  await rung(world);
  await world.client.accept({ video });
  await settle();
  return world;
};

/** … and media flows. */
export const calleeConnected = async (world = new World(), video = false): Promise<World> => {
  await accepting(world, video);
  acknowledge(world, "call.accept");
  world.socket.say("webrtc.offer", { session_id: SESSION, sdp: "remote audio" });
  await settle();
  world.peer.connection("connected");
  return world;
};

/** The service's `ack` for the last request of this type. */
export const acknowledge = (world: World, type: string): void => {
  world.socket.say("ack", {}, world.socket.last(type).ref);
};
