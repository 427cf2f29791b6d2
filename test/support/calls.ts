/** Calls in the states that tests begin with. */
import { connect, someone, type Client } from "./client.ts";

/** A call with both of its clients. */
export interface TestCall {
  readonly caller: Client;
  readonly callee: Client;
  readonly session: string;
}

/** How to place a call: further parameters of the sockets' addresses, and of the start. */
export interface Placing {
  readonly caller?: string;
  readonly callee?: string;
  readonly start?: object;
}

/** Calls a client from another and waits until it rings and the caller knows. */
export async function ring(caller: Client, callee: Client, start: object = {}): Promise<string> {
  caller.send("call.start", { callee_id: callee.user, ...start });
  const session = await callee.rung();
  await caller.next("call.ringing");
  return session;
}

/** A call that has been placed and rings, between two new users. */
export async function ringing({
  caller: from,
  callee: to,
  start,
}: Placing = {}): Promise<TestCall> {
  const caller = await connect(someone("caller"), from);
  const callee = await connect(someone("callee"), to);
  return { caller, callee, session: await ring(caller, callee, start) };
}

/** A call that has been accepted, between two new users. */
export async function established(placing: Placing = {}): Promise<TestCall> {
  const call = await ringing(placing);
  call.callee.send("call.accept", { session_id: call.session });
  await call.caller.next("call.accepted");
  return call;
}

/** Shows that two users are free: one can ring the other. */
export async function expectFree(from: Client, to: Client): Promise<void> {
  const session = await ring(from, to);
  from.send("call.end", { session_id: session });
  await to.next("call.ended");
}
