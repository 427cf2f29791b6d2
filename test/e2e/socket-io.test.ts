/** Published Socket.IO clients against the real Worker; and the Worker without the codec for them. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { io as latest } from "socket.io-client";
// @ts-expect-error The package has types, and exports that hide them.
import { io as oldest } from "socket.io-client-4-0";
import { io as middle } from "socket.io-client-4-5";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startLiveWorker, type LiveWorker } from "./support/live-worker.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const OPTIONS = { transports: ["websocket"], forceNew: true };

type Data = Record<string, unknown>;
type Socket = ReturnType<typeof latest>;
type Io = typeof latest;

/** Mints an app token as a deployer does. */
async function appToken(url: string, app: string): Promise<string> {
  const response = await fetch(`${url}/app`, {
    method: "POST",
    body: new URLSearchParams({ password: "dev-app-password", app }),
  });
  const { response: body } = (await response.json()) as { response: { token: string } };
  return body.token;
}

const once = (socket: Socket, name: string) =>
  new Promise<never>((resolve) =>
    socket.once(name, resolve as (data: unknown) => void),
  ) as Promise<Data>;

function open(io: Io, url: string, auth: Data): Socket {
  const socket = io(url, { ...OPTIONS, auth });
  onTestFinished(() => void socket.disconnect());
  return socket;
}

async function member(io: Io, url: string, token: string, peerinfo?: unknown) {
  const socket = open(io, url, { token });
  await once(socket, "connect");
  const accepted = once(socket, "auth-accept");
  socket.emit("auth-request", { token, peerinfo });
  const { token: auth } = await accepted;
  return { socket, auth, ask: (name: string, data: Data) => socket.emit(name, { auth, ...data }) };
}

describe("stock Socket.IO clients", () => {
  let worker: LiveWorker;
  beforeAll(async () => {
    worker = await startLiveWorker();
  }, 60_000);
  afterAll(() => worker.stop());

  it.each([
    ["the latest 4.x", latest],
    ["4.5", middle as unknown as Io],
    ["4.0", oldest as unknown as Io],
  ])("SIO-14 of %s create, knock, admit, relay and leave", async (_, io) => {
    const { url } = worker;
    const token = await appToken(url, `app-${crypto.randomUUID()}`);
    const owner = await member(io, url, token, { name: "Owner" });
    const created = once(owner.socket, "room-create-accept");
    owner.ask("room-create-request", { room: "main" });
    expect(await created).toEqual({ room: "main" });
    const guest = await member(io, url, token);
    const asked = once(owner.socket, "room-join-request");
    guest.ask("room-join-request", { room: "main", payload: { foo: "bar" } });
    expect(await asked).toEqual({
      room: "main",
      peer_id: guest.socket.id,
      payload: { foo: "bar" },
    });
    const told = once(owner.socket, "room-user-join");
    const joined = once(guest.socket, "room-join-accept");
    owner.ask("room-join-accept", { room: "main", peer_id: guest.socket.id });
    expect(await told).toEqual({ room: "main", peer_id: guest.socket.id });
    expect(await joined).toMatchObject({ peer_id: guest.socket.id, peers: [owner.socket.id] });
    const relayed = once(guest.socket, "session-description");
    const acknowledged = new Promise((resolve) => {
      const session_description = { type: "offer", sdp: "v=0" };
      const data = { auth: owner.auth, to: guest.socket.id, session_description };
      owner.socket.emit("relay-session-description", data, resolve);
    });
    expect(await relayed).toMatchObject({ peer_id: owner.socket.id, room: "main" });
    expect(await acknowledged).toEqual({ ok: true });
    const left = once(owner.socket, "room-user-leave");
    guest.socket.disconnect();
    expect(await left).toMatchObject({ room: "main" });
  });

  it("SIO-2 hear of a bad app token by a disconnect, and never connect", async () => {
    const socket = open(latest, worker.url, { token: "no" });
    let connected = false;
    socket.on("connect", () => (connected = true));
    const reason = await new Promise((resolve) => socket.on("disconnect", resolve));
    expect([reason, connected, socket.active]).toEqual(["io server disconnect", false, false]);
  });

  it("SIO-3 hear of another namespace by connect_error", async () => {
    const socket = open(latest, `${worker.url}/admin`, { token: "no" });
    expect(await once(socket, "connect_error")).toMatchObject({ message: "Invalid namespace" });
  });

  it("SIO-4 are disconnected when they send binary", async () => {
    const token = await appToken(worker.url, "binary");
    const { socket } = await member(latest, worker.url, token);
    socket.io.reconnection(false);
    const gone = new Promise((resolve) => socket.on("disconnect", resolve));
    socket.emit("room-create-request", { room: new Uint8Array(3) });
    expect(await gone).toBe("transport close");
  });

  it("SIO-15 find their library where existing pages look for it", async () => {
    const response = await fetch(`${worker.url}/socket.io/socket.io.js`);
    expect(response.headers.get("content-type")).toContain("javascript");
    expect(await response.text()).toContain("Socket.IO v4.");
    expect((await fetch(`${worker.url}/demo`)).status).toBe(200);
    expect(await (await fetch(`${worker.url}/scripts/config.js`)).text()).toContain("iceConfig");
  });
});

describe("the service without the Socket.IO codec", () => {
  it("SIO-16 works for everybody else", { timeout: 120_000 }, async () => {
    const results = join(ROOT, "test-results");
    mkdirSync(results, { recursive: true });
    const root = mkdtempSync(join(results, "without-socket-io-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    for (const name of ["src", "lua", "wrangler.toml", "tsconfig.json"]) {
      cpSync(join(ROOT, name), join(root, name), { recursive: true });
    }
    for (const name of ["examples", "docs"]) symlinkSync(join(ROOT, name), join(root, name));
    rmSync(join(root, "src/wire/socket-io.ts"));
    const list = join(root, "src/wire/peer-codecs.ts");
    const text = readFileSync(list, "utf8");
    writeFileSync(list, text.replace(/^import .*socket-io.*\n/m, "").replace("[socketIo]", "[]"));
    const worker = await startLiveWorker({}, root);
    onTestFinished(() => worker.stop());

    const gone = await fetch(`${worker.url}/socket.io/?EIO=4&transport=websocket`);
    expect(gone.status).toBe(404);
    const connect = async (user: string) => {
      const socket = new WebSocket(`${worker.url.replace("http", "ws")}/ws?user_id=${user}`);
      const waiting: ((message: Data) => void)[] = [];
      const messages: Data[] = [];
      socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString("utf8")) as Data;
        const resolve = waiting.shift();
        if (resolve) resolve(message);
        else messages.push(message);
      });
      onTestFinished(() => socket.close());
      await new Promise((resolve) => socket.once("open", resolve));
      return {
        send: (type: string, payload: Data) => socket.send(JSON.stringify({ type, payload })),
        next: () => {
          const message = messages.shift();
          return message
            ? Promise.resolve(message)
            : new Promise<Data>((resolve) => waiting.push(resolve));
        },
      };
    };
    const [ann, bob] = [await connect("ann"), await connect("bob")];
    ann.send("call.start", { callee_id: "bob" });
    expect(await bob.next()).toMatchObject({ type: "call.ring" });
    expect(await ann.next()).toMatchObject({ type: "call.ringing" });
    ann.send("room.create", { room: "main" });
    expect(await ann.next()).toMatchObject({ type: "room.created" });
    bob.send("room.join", { room: "main" });
    expect(await ann.next()).toMatchObject({ type: "room.join_requested" });
  });
});
