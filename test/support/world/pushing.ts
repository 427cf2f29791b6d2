/** Worlds in which people can be woken. */
import { expect } from "vitest";
import type { AskKind, Asks, Reply } from "../../../src/features/ask.ts";
import { answer } from "../../../src/features/index.ts";
import type { World } from "../world.ts";
import type { Client, Device } from "./client.ts";

/** Hexadecimal, as tokens of iOS devices are. */
export const VOIP = "aa11";
export const ALERT = "bb22";

/** A browser's subscription. */
export const subscription = {
  endpoint: "https://push.test/browser",
  keys: { p256dh: "B".repeat(87), auth: "A".repeat(22) },
};

/** Registers a device of a user over a socket, which is gone for long afterwards unless it stays. */
export async function register(
  world: World,
  user: string,
  payload: object,
  device: Device = { label: "phone" },
): Promise<Client> {
  const client = world.connect(user, device);
  await client.send("push.register", payload);
  client.last("push.registered");
  client.take();
  return client;
}

/** Makes a user reachable by push only: the sockets are gone, and the grace is over. */
export async function reachable(world: World, user: string, ...routes: object[]): Promise<void> {
  const names = ["phone", "tablet", "laptop", "watch"];
  for (const [index, route] of routes.entries()) {
    const label = names[index] ?? `device-${index}`;
    (await register(world, user, route, { label })).close();
  }
  await world.pass(60_000);
}

export const android = (token = "droid") => ({ os: "android", token });
export const ios = (alert = true) => ({
  os: "ios",
  token: VOIP,
  ...(alert ? { alert_token: ALERT } : {}),
});
export const web = { os: "web", subscription };

/** Ann calls Bob, and it rings. */
export async function callBob(world: World, start: object = {}) {
  const ann = world.connect("ann");
  await ann.send("call.start", { callee_id: "bob", ...start });
  await world.quiet();
  const heard = ann.take();
  const ringing = heard.find(({ type }) => type === "call.ringing");
  expect(ringing, JSON.stringify(heard)).toBeDefined();
  const later = heard.filter((message) => message !== ringing);
  return { ann, session: String(ringing?.payload["session_id"]), later };
}

/** The call token that a push carried. */
export function callToken(world: World, to: string): string {
  const ring = world.push.pushed.find((push) => push.to === to && push.note.kind === "ring");
  return String(ring?.note.kind === "ring" ? ring.note.callToken : "");
}

/** Asks a user's object as the HTTP side does. */
export function ask<K extends AskKind>(
  world: World,
  user: string,
  kind: K,
  asked: Asks[K],
): Promise<Reply> {
  return answer(world.user(user).host, { kind, asked } as Parameters<typeof answer>[1]);
}

/** A call that rings on Bob's phone by push only. */
export async function woken(world: World, ...more: object[]) {
  await reachable(world, "bob", android(), ...more);
  const call = await callBob(world, { progress: true });
  return { ...call, token: callToken(world, "droid") };
}
