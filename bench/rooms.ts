/** A room of twelve under load, beside the same through a plain socket.io server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { SignJWT } from "jose";
import { bodies, spelledMark, type Kind, type Lane } from "./contender.ts";
import { cpuSeconds, quantile } from "./figures.ts";
import { pace, saturate } from "./relay.ts";
import { Client } from "./socket.ts";

const MEMBERS = 12;
const ROUNDS = 3;
const MESSAGES = 1_500;
const WINDOW = 8;
const PACED = { count: 900, perSecond: 300 } as const;
const TIMEOUT_MS = 5_000;

/** Everybody in, each with a lane to the next. */
interface Full {
  readonly pid: number;
  readonly lanes: readonly Lane[];
  /** Milliseconds from asking to being in, one per member but the first. */
  readonly joins: readonly number[];
  close(): Promise<void> | void;
}

/** What one side of the comparison came to. Times in milliseconds. */
export interface RoomFigures {
  readonly join: { readonly p50: number; readonly p99: number };
  readonly perSecond: number;
  readonly perProcessorSecond: number | undefined;
  readonly paced: { readonly p50: number; readonly p99: number };
}

/** Measures both, taking turns. */
export async function measureRooms(
  port: number,
  pid: number,
  secret: string,
): Promise<{ edgering: RoomFigures; plain: RoomFigures }> {
  const sides = { edgering: await fillRoom(port, pid, secret), plain: await fillPlain() };
  const rates = { edgering: [] as Rate[], plain: [] as Rate[] };
  const times = { edgering: [] as number[], plain: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of ["edgering", "plain"] as const) {
      rates[name].push(await rate(sides[name]));
      times[name].push(...(await pace(sides[name].lanes, PACED.count, PACED.perSecond)));
    }
  }
  for (const side of Object.values(sides)) await side.close();
  const figures = (name: "edgering" | "plain"): RoomFigures => ({
    join: ends(sides[name].joins),
    perSecond: quantile(
      rates[name].map(({ perSecond }) => perSecond),
      0.5,
    ),
    perProcessorSecond: rates[name].some(
      ({ perProcessorSecond }) => perProcessorSecond === undefined,
    )
      ? undefined
      : quantile(
          rates[name].map(({ perProcessorSecond = 0 }) => perProcessorSecond),
          0.5,
        ),
    paced: ends(times[name]),
  });
  return { edgering: figures("edgering"), plain: figures("plain") };
}

interface Rate {
  readonly perSecond: number;
  readonly perProcessorSecond: number | undefined;
}

const ends = (values: readonly number[]) => ({
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
});

async function rate({ lanes, pid }: Full): Promise<Rate> {
  const before = await cpuSeconds(pid);
  const seconds = await saturate(lanes, MESSAGES, WINDOW);
  const after = await cpuSeconds(pid);
  const sent = lanes.length * MESSAGES;
  const used = before === undefined || after === undefined ? undefined : after - before;
  return {
    perSecond: sent / seconds,
    perProcessorSecond: used === undefined ? undefined : sent / used,
  };
}

/** A room of the service: an owner who admits whoever asks. */
async function fillRoom(port: number, pid: number, secret: string): Promise<Full> {
  const key = new TextEncoder().encode(secret);
  const connect = async (user: string) => {
    const token = await new SignJWT({ sub: user })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(key);
    return Client.connect(`ws://127.0.0.1:${port}/ws?token=${token}`);
  };
  const send = (client: Client, type: string, payload: object) =>
    client.send(JSON.stringify({ type, payload }));
  const members: { client: Client; id: string }[] = [];
  const joins: number[] = [];
  for (let index = 0; index < MEMBERS; index += 1) {
    const client = await connect(`member-${index}`);
    const asked = performance.now();
    const inside = until(client, index === 0 ? "room.created" : "room.joined");
    if (index === 0) {
      send(client, "room.create", { room: "bench" });
    } else {
      const owner = members[0]?.client as Client;
      const request = until(owner, "room.join_requested");
      send(client, "room.join", { room: "bench" });
      const { peer_id } = payloadOf(await request);
      send(owner, "room.accept", { room: "bench", peer_id });
    }
    const id = String(payloadOf(await inside)["peer_id"]);
    if (index > 0) joins.push(performance.now() - asked);
    members.push({ client, id });
  }
  const what = { candidate: "candidate", offer: "description" } as const;
  const lanes = ring(members, (to) => {
    const head = `{"type":"room.signal","payload":{"room":"bench","to":"${to}",`;
    return (kind, mark) =>
      `${head}"${what[kind]}":{${kind === "offer" ? '"type":"offer",' : ""}${bodies[kind]}},"data":"${spelledMark(mark)}"}}`;
  });
  const close = () => {
    for (const { client } of members) client.close();
  };
  return { pid, lanes, joins, close };
}

/** The same members at a plain socket.io server. */
async function fillPlain(): Promise<Full> {
  const script = fileURLToPath(new URL("plain-socket-io.ts", import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const kill = () => void child.kill();
  process.once("exit", kill);
  const [port] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  const members: { client: Client; id: string }[] = [];
  const joins: number[] = [];
  for (let index = 0; index < MEMBERS; index += 1) {
    const url = `ws://127.0.0.1:${port.trim()}/socket.io/?EIO=4&transport=websocket`;
    const client = await Client.connect(url);
    const welcome = until(client, '40{"sid":"');
    client.send("40");
    const { sid } = JSON.parse((await welcome).slice(2)) as { sid: string };
    const asked = performance.now();
    const inside = until(client, '42["inside"');
    client.send('42["join","bench"]');
    await inside;
    if (index > 0) joins.push(performance.now() - asked);
    members.push({ client, id: sid });
  }
  const lanes = ring(members, (to) => {
    return (kind: Kind, mark: number) =>
      `42["relay",{"to":"${to}","signal":{${bodies[kind]}},"data":"${spelledMark(mark)}"}]`;
  });
  const close = async () => {
    for (const { client } of members) client.close();
    const exited = once(child, "exit");
    child.kill();
    await exited;
    process.removeListener("exit", kill);
  };
  return { pid: child.pid ?? 0, lanes, joins, close };
}

/** A lane from each to the next. What else comes from now on is an error. */
function ring(
  members: readonly { client: Client; id: string }[],
  spell: (to: string) => Lane["spell"],
): Lane[] {
  for (const { client } of members) client.listen();
  return members.flatMap(({ client: from }, index) => {
    const next = members[(index + 1) % members.length];
    return next ? [{ from, to: next.client, spell: spell(next.id) }] : [];
  });
}

/** The first frame with that text in it; others are let by. */
function until(client: Client, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${text} came`)), TIMEOUT_MS);
    client.listen((frame) => {
      const spelled = frame.toString();
      if (!spelled.includes(text)) return;
      clearTimeout(timer);
      client.listen(() => {});
      resolve(spelled);
    });
  });
}

function payloadOf(frame: string): Record<string, unknown> {
  return (JSON.parse(frame) as { payload: Record<string, unknown> }).payload;
}
