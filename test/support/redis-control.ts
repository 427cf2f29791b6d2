/** How tests in workerd steer the Redis that the Worker uses (see redis-service.ts). */
import type { Control } from "./redis-service.ts";

const CONTROL_URL = "http://redis.test/control";

/** Gives an order and returns how many commands Redis has got since the last reset. */
export async function controlRedis(control: Control): Promise<{ commands: number; reply?: unknown }> {
  const response = await fetch(CONTROL_URL, { method: "POST", body: JSON.stringify(control) });
  return response.json();
}

/** How many commands Redis has got while something went on. */
export async function countCommands(work: () => Promise<unknown>): Promise<number> {
  await controlRedis({ reset: true });
  await work();
  return (await controlRedis({})).commands;
}

/** Keys that Redis still has for a call: its session, and its users' locks. */
export async function keysOf(session: string, ...users: string[]): Promise<string[]> {
  const { reply } = await controlRedis({ run: ["KEYS", "call:*"] });
  const ours = [`call:session:${session}`, ...users.map((user) => `call:user:${user}`)];
  return (reply as string[]).filter((key) => ours.includes(key));
}
