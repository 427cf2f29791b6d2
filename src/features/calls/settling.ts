/**
 * What is left to do after a call has ended on this side: tell the peer, free both users in the store.
 * It is written down before it is tried, so that neither a crash nor an outage leaves anybody busy.
 */
import { StoreUnavailable, type CallKey } from "../../core/ports.ts";
import { PeerUnreachable, type Host } from "../feature.ts";
import type { PeerMessage } from "../peer.ts";

/** One ended call and what is still owed. */
export interface Closing {
  readonly call: CallKey;
  /** What the peer has yet to be told. */
  readonly notify?: Extract<PeerMessage, { kind: "call.ended" | "call.finish" }>;
}

interface Owed extends Closing {
  readonly release: boolean;
  readonly tries: number;
  readonly since: number;
}

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 30_000;
/** By then the store's records have expired by themselves, and a peer has asked or given up. */
const GIVE_UP_MS = 600_000;

const rowOf = (session: string) => `closing:${session}`;

/** Writes down what is owed and begins to pay it. */
export function settle(host: Host, closing: Closing): void {
  const owed: Owed = { ...closing, release: true, tries: 0, since: host.now() };
  keep(host, owed);
  host.background(pay(host, owed));
}

/** Tries again; the alarm's name is the row's. */
export async function settleAgain(host: Host, name: string): Promise<void> {
  const owed = host.storage.get<Owed>(name);
  if (owed) await pay(host, owed);
}

async function pay(host: Host, owed: Owed): Promise<void> {
  const [told, released] = await Promise.all([tell(host, owed), release(host, owed)]);
  const { notify, ...rest } = owed;
  const left = {
    ...rest,
    ...(told || notify === undefined ? {} : { notify }),
    release: !released,
    tries: owed.tries + 1,
  };
  const done = told && released;
  if (done || host.now() - owed.since > GIVE_UP_MS) forget(host, owed.call.session);
  else keep(host, left);
}

async function tell(host: Host, { notify, call }: Owed): Promise<boolean> {
  if (notify === undefined) return true;
  const peer = call.caller === host.user ? call.callee : call.caller;
  try {
    await host.peers.send(peer, notify.kind, notify.message);
    return true;
  } catch (error) {
    if (error instanceof PeerUnreachable) return false;
    throw error;
  }
}

async function release(host: Host, owed: Owed): Promise<boolean> {
  if (!owed.release) return true;
  try {
    await host.calls.end(owed.call);
    return true;
  } catch (error) {
    if (error instanceof StoreUnavailable) return false;
    throw error;
  }
}

function keep(host: Host, owed: Owed): void {
  const name = rowOf(owed.call.session);
  host.storage.put(name, owed);
  const delay = Math.min(FIRST_RETRY_MS * 2 ** owed.tries, LAST_RETRY_MS);
  host.alarms.set(name, host.now() + delay);
}

function forget(host: Host, session: string): void {
  host.storage.delete(rowOf(session));
  host.alarms.clear(rowOf(session));
}
