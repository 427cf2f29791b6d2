/** From a start to the push in a provider's hands: the time that an app in a pocket waits for us. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { makeKeys } from "../dev/push/keys.ts";
import { Client } from "./socket.ts";

const CALLERS = 10;
const ROUNDS = 20;
const TIMEOUT_MS = 5_000;

/** A provider that notes when a ring arrives, and does nothing else. */
export interface Provider {
  readonly variables: Readonly<Record<string, string>>;
  /** When the next ring arrives, on the clock of `performance.now`. */
  arrival(): Promise<number>;
  close(): Promise<void>;
}

interface Message {
  readonly message?: { readonly data?: { readonly type?: string } };
}

/** Starts the provider. */
export async function startProvider(): Promise<Provider> {
  let waiting: ((at: number) => void) | undefined;
  const server = createServer((request, response) => {
    const at = performance.now();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void chunks.push(chunk));
    request.on("end", () => {
      const isToken = request.url === "/oauth/token";
      const body = Buffer.concat(chunks).toString();
      if (!isToken && (JSON.parse(body) as Message).message?.data?.type === "incoming_call") {
        waiting?.(at);
      }
      const answer = isToken ? { access_token: "bench", expires_in: 3_600 } : { name: "bench" };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { FCM_PROJECT_ID, FCM_SERVICE_ACCOUNT_JSON, FCM_BASE_URL } = makeKeys().variables(base);
  return {
    variables: { FCM_PROJECT_ID, FCM_SERVICE_ACCOUNT_JSON, FCM_BASE_URL },
    arrival: () =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("no push came")), TIMEOUT_MS);
        waiting = (at) => {
          clearTimeout(timer);
          resolve(at);
        };
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Calls people who are not connected, one after the other. Milliseconds from `call.start` each. */
export async function timePushes(
  port: number,
  secret: string,
  provider: Provider,
): Promise<readonly number[]> {
  const tokenOf = (hash: string) =>
    new SignJWT({ hash, name: `User ${hash}` })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(secret));
  const callers: Client[] = [];
  for (let index = 0; index < CALLERS; index += 1) {
    const token = await tokenOf(`waker-${index}`);
    callers.push(await Client.connect(`ws://127.0.0.1:${port}/ws?token=${token}`));
    const registered = await fetch(`http://127.0.0.1:${port}/devices/phone`, {
      method: "PUT",
      headers: { authorization: `Bearer ${await tokenOf(`sleeper-${index}`)}` },
      body: JSON.stringify({ os: "android", token: `phone-${index}` }),
    });
    if (!registered.ok) throw new Error(`a device was not registered: ${registered.status}`);
  }
  const times: number[] = [];
  // The first round has the access token made, and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, caller] of callers.entries()) {
      const took = await timeOne(caller, `sleeper-${index}`, provider);
      if (round > 0) times.push(took);
    }
  }
  for (const caller of callers) caller.close();
  return times;
}

async function timeOne(caller: Client, callee_id: string, provider: Provider): Promise<number> {
  const arrived = provider.arrival();
  const ringing = new Promise<string>((resolve, reject) => {
    caller.listen((frame) => {
      const { type, payload } = JSON.parse(frame.toString()) as {
        type: string;
        payload: { session_id: string };
      };
      if (type === "call.ringing") resolve(payload.session_id);
      else reject(new Error(`${frame.toString()} came instead of call.ringing`));
    });
  });
  const started = performance.now();
  caller.send(JSON.stringify({ type: "call.start", payload: { callee_id } }));
  const [at, session_id] = await Promise.all([arrived, ringing]);
  caller.send(JSON.stringify({ type: "call.end", payload: { session_id } }));
  return at - started;
}
