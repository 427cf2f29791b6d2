/** How tests in workerd steer the Redis that the Worker uses (see redis-service.ts). */
import { onTestFinished } from "vitest";
import type { Control, Fault } from "./redis-faults.ts";

const CONTROL_URL = "http://redis.test/control";

/** Gives an order and returns how many commands of its scope Redis has got since the last reset. */
async function controlRedis(
  control: Control,
): Promise<{ readonly commands: number; readonly reply?: unknown }> {
  const response = await fetch(CONTROL_URL, { method: "POST", body: JSON.stringify(control) });
  return response.json();
}

/** How many commands Redis has got while something went on. `scope`: text that they contain. */
export async function countCommands(work: () => Promise<unknown>, scope = ""): Promise<number> {
  await controlRedis({ scope, reset: true });
  await work();
  return (await controlRedis({ scope })).commands;
}

/**
 * Breaks Redis for the commands of a scope until {@link mendRedis}, at the latest until the test ends.
 *
 * @param delayMs how long each command of the scope takes besides, in milliseconds
 */
export async function breakRedis(
  fault: Fault,
  scope: string,
  times?: number,
  delayMs?: number,
): Promise<void> {
  const more = {
    ...(times === undefined ? {} : { times }),
    ...(delayMs === undefined ? {} : { delayMs }),
  };
  await controlRedis({ fault, scope, ...more });
  onTestFinished(() => mendRedis(scope));
}

/** Makes Redis answer again. */
export async function mendRedis(scope: string): Promise<void> {
  await controlRedis({ fault: "none", scope });
}

/** Runs a command behind the Worker's back and returns its reply as plain JSON. */
export async function redis(...run: string[]): Promise<unknown> {
  return (await controlRedis({ run })).reply;
}

/** Keys that Redis still has for a call: its session, and its users' locks. */
export async function keysOf(session: string, ...users: string[]): Promise<string[]> {
  const ours = [`call:session:${session}`, ...users.map((user) => `call:user:${user}`)];
  const there = await Promise.all(ours.map(async (key) => (await redis("EXISTS", key)) === 1));
  return ours.filter((_, index) => there[index]);
}
