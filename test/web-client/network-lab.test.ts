import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createNetworkLab, type NetworkLab } from "../../examples/web-client/src/network-lab.ts";
import { FakeSocket } from "./support/fake-socket.ts";

/** A lab, and a way to make sockets in it: what the client holds, and the real one below. */
const setUp = () => {
  const made: FakeSocket[] = [];
  class Real extends FakeSocket {
    constructor(url: string) {
      super(url);
      made.push(this);
    }
  }
  const lab = createNetworkLab(Real as unknown as typeof WebSocket);
  return { lab, made, connect: (search = "") => connect(lab, search) };
};

const connect = (lab: NetworkLab, search: string) => {
  const socket = new lab.WebSocket(`wss://calls.test/ws${search}`);
  const events: string[] = [];
  socket.addEventListener("open", () => events.push("open"));
  socket.addEventListener("message", ({ data }) =>
    events.push((JSON.parse(String(data)) as { type: string }).type),
  );
  socket.addEventListener("close", ({ code }) => events.push(`close ${code}`));
  return { socket, events };
};
const end = JSON.stringify({ type: "call.end", payload: {}, ref: "r1" });

describe("network lab", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("lets everything through at once, and shows it", () => {
    const { lab, made, connect: dial } = setUp();
    const { socket, events } = dial();
    made[0]?.open();
    socket.send(end);
    made[0]?.say("ack", {}, "r1");
    made[0]?.drop(4001);
    expect(events).toEqual(["open", "welcome", "ack", "close 4001"]);
    expect(made[0]?.types()).toEqual(["call.end"]);
    expect(lab.view.current()).toMatchObject({ epoch: "epoch-1", seq: 1, resumed: false });
    expect(lab.view.current().log).toEqual([
      "← welcome",
      "→ call.end",
      "← ack #1",
      "× closed 4001",
    ]);
  });

  it("holds frames up, in order even when the delay shrinks", () => {
    const { lab, made, connect: dial } = setUp();
    const { socket, events } = dial();
    made[0]?.open();
    lab.delay({ outgoing: 300, incoming: 200 });
    socket.send(end);
    made[0]?.say("first", {});
    lab.delay({ incoming: 0 });
    made[0]?.say("second", {});
    vi.advanceTimersByTime(199);
    expect(events).toEqual(["open", "welcome"]);
    vi.advanceTimersByTime(1);
    expect(events.slice(2)).toEqual(["first", "second"]);
    expect(made[0]?.types()).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(made[0]?.types()).toEqual(["call.end"]);
  });

  it("cuts: what is on its way is lost, and the client hears it at once", () => {
    const { lab, made, connect: dial } = setUp();
    const { socket, events } = dial();
    made[0]?.open();
    lab.delay({ outgoing: 300, incoming: 300 });
    socket.send(end);
    made[0]?.say("lost", {});
    lab.cut();
    vi.advanceTimersByTime(1000);
    expect(events).toEqual(["open", "welcome", "close 1006"]);
    expect(made[0]?.types()).toEqual([]);
    // A close without a code would tell the service that a caller gives up.
    expect(made[0]?.closedWith).toBe(4999);
    expect(socket.readyState).toBe(3);
  });

  it("stays away for a time, and then connects and is resumed", () => {
    const { lab, made, connect: dial } = setUp();
    dial();
    made[0]?.open();
    lab.block(5000);
    const refused = dial();
    vi.advanceTimersByTime(4999);
    expect(refused.events).toEqual(["close 1006"]);
    expect(lab.view.current().blocked).toBe(true);
    vi.advanceTimersByTime(1);
    dial("?resume_token=proof-1&seq=0");
    expect(made).toHaveLength(2);
    made[1]?.open();
    expect(lab.view.current()).toMatchObject({ blocked: false, resumed: true });
  });

  it("tells who listens, until they stop", () => {
    const { lab } = setUp();
    const heard = vi.fn<() => void>();
    const stop = lab.view.subscribe(heard);
    lab.delay({ outgoing: 1 });
    stop();
    lab.delay({ outgoing: 2 });
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
