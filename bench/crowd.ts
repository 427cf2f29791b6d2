/** Many users who are only there: connected, silent, and rung by nobody. */
import { SignJWT } from "jose";
import { Client } from "./socket.ts";

const AT_ONCE = 20;
const ANSWER_MS = 60_000;

/** Connects that many users. */
export async function connectCrowd(
  port: number,
  secret: string,
  count: number,
): Promise<readonly Client[]> {
  const key = new TextEncoder().encode(secret);
  const connect = async (index: number) => {
    const claims = new SignJWT({ hash: `idle-${index}` }).setProtectedHeader({ alg: "HS256" });
    const token = await claims.setExpirationTime("2h").sign(key);
    return Client.connect(`ws://127.0.0.1:${port}/ws?token=${token}`);
  };
  const crowd: Client[] = [];
  while (crowd.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - crowd.length) });
    crowd.push(...(await Promise.all(batch.map((_, index) => connect(crowd.length + index)))));
  }
  return crowd;
}

/**
 * Sends a frame from every user and waits for each one's answer.
 *
 * @returns how many answered as expected
 */
export async function ask(
  crowd: readonly Client[],
  frame: string,
  isAnswer: (answer: string) => boolean,
): Promise<number> {
  let right = 0;
  for (let first = 0; first < crowd.length; first += AT_ONCE) {
    const batch = crowd.slice(first, first + AT_ONCE);
    const answers = await Promise.all(batch.map((client) => answerTo(client, frame)));
    right += answers.filter(isAnswer).length;
  }
  return right;
}

function answerTo(client: Client, frame: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${frame}`)), ANSWER_MS);
    client.listen((answer) => {
      clearTimeout(timer);
      client.listen();
      resolve(answer.toString());
    });
    client.send(frame);
  });
}
