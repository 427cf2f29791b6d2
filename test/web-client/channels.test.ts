import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  ChannelClient,
  type ChannelFrame,
  type LinkState,
} from "../../examples/web-client/src/channels/channel-client.ts";
import { GuestStore } from "../../examples/web-client/src/chat/guest-store.ts";
import { ChatStore } from "../../examples/web-client/src/chat/chat-store.ts";

/** A WebSocket that the test opens, feeds and closes. */
class Socket extends EventTarget {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 0;
  readonly sent: Record<string, unknown>[] = [];

  constructor() {
    super();
    Socket.all.push(this);
  }

  send(frame: string): void {
    this.sent.push(JSON.parse(frame) as Record<string, unknown>);
  }

  close(): void {
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  say(frame: object): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }

  lose(code = 1006): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }

  static get last(): Socket {
    const last = Socket.all.at(-1);
    if (!last) throw new Error("no socket");
    return last;
  }
}

beforeEach(() => {
  Socket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("removeEventListener", () => {});
  return () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

const channel = "c";
const event = (offset: number) => ({
  type: "broadcast",
  channel,
  epoch: "e",
  offset,
  payload: offset,
});

describe("channels in the web client", () => {
  it("CLIENT-9 go on where they were after a reconnect, and show nothing twice", () => {
    const heard: unknown[] = [];
    const states: LinkState[] = [];
    const client = new ChannelClient("ws://x", (state) => states.push(state));
    let gaps = 0;
    client.follow(channel, {
      frame: ({ payload }: ChannelFrame) => heard.push(payload),
      gap: () => (gaps += 1),
    });
    client.connect();
    Socket.last.open();
    expect(Socket.last.sent).toMatchObject([
      { type: "subscribe", listen: ["broadcast", "presence"] },
    ]);
    Socket.last.say({ type: "ack", ref: "c1", channel, epoch: "e", offset: 1 });
    Socket.last.say(event(2));
    client.publish(channel, "said", { id: 1 });
    client.publish(channel, "said", { id: 2 });
    Socket.last.say({ type: "ack", ref: "c2", channel });
    Socket.last.lose();
    vi.advanceTimersByTime(1_000);
    Socket.last.open();
    expect(Socket.last.sent).toMatchObject([
      { type: "subscribe", since: { epoch: "e", offset: 2 } },
      { type: "broadcast", payload: { id: 2 }, ref: "c3" },
    ]);
    Socket.last.say({ type: "ack", ref: "c4", channel, epoch: "e", offset: 4, recovered: true });
    for (const offset of [2, 3, 3, 4]) Socket.last.say(event(offset));
    expect(heard).toEqual([2, 3, 4]);
    Socket.last.lose();
    vi.advanceTimersByTime(1_000);
    Socket.last.open();
    Socket.last.say({ type: "ack", channel, epoch: "new", offset: 7, recovered: false });
    expect(gaps).toBe(1);
    Socket.last.lose(4001);
    vi.advanceTimersByTime(60_000);
    expect(Socket.all).toHaveLength(3);
    expect(states.at(-1)).toBe("refused");
  });

  it("CLIENT-9 a line of the chat that was sent again is shown once", () => {
    const chat = new ChatStore("ws://x", "ann", "Ann");
    chat.connect();
    Socket.last.open();
    chat.send("hello");
    expect(chat.view.current().lines).toMatchObject([{ text: "hello", pending: true }]);
    const { payload } = Socket.last.sent.find(({ type }) => type === "broadcast") ?? {};
    const echo = { type: "broadcast", channel: "chat:0", epoch: "e", user_id: "ann", payload };
    for (const offset of [1, 2]) Socket.last.say({ ...echo, offset, ts: 1 });
    expect(chat.view.current().lines).toHaveLength(1);
    expect(chat.view.current().lines[0]).not.toHaveProperty("pending");
    chat.disconnect();
  });

  it("CLIENT-9 a line that the service refuses is marked, and a room that it keeps closed", () => {
    const chat = new ChatStore("ws://x", "ann", "Ann");
    chat.connect();
    Socket.last.open();
    chat.send("hello");
    const refuse = (type: string, message: string) => {
      const { ref } = Socket.last.sent.find((sent) => sent["type"] === type) ?? {};
      const payload = { code: "invalid", message, ref_type: type, channel: "chat:0" };
      Socket.last.say({ type: "error", payload, ref });
    };
    refuse("broadcast", "Message too large");
    const [line] = chat.view.current().lines;
    expect(line).toMatchObject({ pending: false, refusal: "Message too large" });
    refuse("subscribe", "Not allowed");
    expect(chat.view.current().refusal).toBe("Not allowed");
    chat.enter("other");
    expect(chat.view.current()).toMatchObject({ refusal: undefined, lines: [] });
    chat.disconnect();
  });

  it("what a guest writes without a connection goes out with the next one", () => {
    const chat = new GuestStore("ws://x", "guest:zoe");
    chat.connect();
    chat.enter("tea");
    chat.send("anybody here?");
    expect(Socket.last.sent).toEqual([]);
    Socket.last.open();
    expect(Socket.last.sent).toEqual([
      { type: "change_room", payload: { name: "tea" } },
      { type: "send_message", payload: { message: "anybody here?" } },
    ]);
    chat.disconnect();
  });
});
