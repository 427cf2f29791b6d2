/** The service under load: users with tokens, in calls. */
import { SignJWT } from "jose";
import { speller, type Lane } from "./contender.ts";
import { Client } from "./socket.ts";

const TIMEOUT_MS = 5_000;

/** Two users who call each other. */
export interface Pair {
  readonly users: readonly [string, string];
  readonly clients: readonly [Client, Client];
}

/** What a ring and a call took, in milliseconds. */
export interface CallTimes {
  readonly session: string;
  /** From `call.start` to the callee's `call.ring`. */
  readonly ring: number;
  /** From `call.accept` to the caller's `call.accepted`. */
  readonly accept: number;
}

interface Event {
  readonly type: string;
  readonly payload: { readonly session_id: string };
}

/** Connects pairs of users. */
export async function connectPairs(
  port: number,
  secret: string,
  count: number,
): Promise<readonly Pair[]> {
  const key = new TextEncoder().encode(secret);
  const connect = async (user: string) => {
    const claims = new SignJWT({ hash: user, name: `User ${user}` });
    const token = await claims
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(key);
    return Client.connect(`ws://127.0.0.1:${port}/ws?token=${token}`);
  };
  const pairs: Pair[] = [];
  for (let index = 0; index < count; index += 1) {
    const users = [`caller-${index}`, `callee-${index}`] as const;
    pairs.push({ users, clients: [await connect(users[0]), await connect(users[1])] });
  }
  return pairs;
}

/** Starts a call and has it accepted. */
export async function establish({ users, clients: [caller, callee] }: Pair): Promise<CallTimes> {
  const ringing = next(caller, "call.ringing");
  const rung = next(callee, "call.ring");
  const started = performance.now();
  caller.send(JSON.stringify({ type: "call.start", payload: { callee_id: users[1] } }));
  const { at: rungAt, session } = await rung;
  await ringing;
  const accepted = next(caller, "call.accepted");
  const answered = performance.now();
  callee.send(JSON.stringify({ type: "call.accept", payload: { session_id: session } }));
  const { at: acceptedAt } = await accepted;
  return { session, ring: rungAt - started, accept: acceptedAt - answered };
}

/** Ends a call from the caller's side. */
export async function hangUp({ clients: [caller, callee] }: Pair, session: string): Promise<void> {
  const ended = next(callee, "call.ended");
  caller.send(JSON.stringify({ type: "call.end", payload: { session_id: session } }));
  await ended;
}

/** Puts every pair into a call and gives both directions of each. */
export async function callAll(
  pairs: readonly Pair[],
): Promise<{ lanes: readonly Lane[]; hangUpAll: () => Promise<void> }> {
  const calls = await Promise.all(pairs.map(establish));
  const sessions = calls.map(({ session }) => session);
  const lanes = pairs.flatMap(({ clients: [caller, callee] }, index): Lane[] => {
    const spell = speller("", sessions[index] ?? "");
    return [
      { from: caller, to: callee, spell },
      { from: callee, to: caller, spell },
    ];
  });
  return {
    lanes,
    async hangUpAll() {
      await Promise.all(pairs.map((pair, index) => hangUp(pair, sessions[index] ?? "")));
    },
  };
}

/** The next frame of a client, which must be of that type. */
function next(client: Client, type: string): Promise<{ at: number; session: string }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${type} came`)), TIMEOUT_MS);
    client.listen((frame) => {
      const at = performance.now();
      clearTimeout(timer);
      client.listen();
      const event = JSON.parse(frame.toString()) as Event;
      if (event.type === type) resolve({ at, session: event.payload.session_id });
      else reject(new Error(`${frame.toString()} came instead of ${type}`));
    });
  });
}
