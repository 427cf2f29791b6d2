/** What the reference model knows of a small world of users, their sockets and their calls. Pure. */

export type Role = "caller" | "callee";

/** How a user's sockets name their devices (docs: CONN-9, CONN-10, GRACE-9). */
export type Naming = "labelled" | "unlabelled" | "hash";

/** A user of the world; fixed for a run. */
export interface Person {
  readonly id: string;
  readonly naming: Naming;
  /** What others are told about the user. */
  readonly info: Readonly<Record<string, unknown>>;
}

/** An open socket. A slot is the client's place for it; the key is unique over time. */
export interface Socket {
  readonly key: string;
  readonly user: number;
  readonly slot: number;
  readonly device: string;
  readonly resume: boolean;
}

/** A frame that the model expects. */
export interface Expected {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly ref?: string;
  /** Nothing may be added: a relayed payload. */
  readonly exact?: true;
}

/** One user's part in a call. */
export interface Side {
  readonly user: number;
  /** The device the call belongs to; a ringing callee has none yet. */
  device?: string;
  /** End of the grace while the device is away or unclaimed; of a ringing callee: while nobody is there. */
  graceUntil?: number;
  /** That end has been put off once for a socket that came late. */
  stretched?: true;
  /** What the device will be given when it is there. */
  waiting: Expected[];
}

export interface Call {
  readonly id: string;
  state: "ringing" | "accepted";
  readonly ringUntil: number;
  readonly caller: Side;
  readonly callee: Side;
}

/** Times are milliseconds since the epoch. */
export interface State {
  now: number;
  sockets: Socket[];
  /** By user: when its latest lost socket was lost. */
  lost: Record<number, number>;
  /** By user: the unlabelled device in a call that has lost its socket. */
  nameless: Record<number, string>;
  calls: Call[];
  /** Devices whose latest socket opted in to resuming: their events are kept by the service's mailboxes. */
  boxes: string[];
  /** By absent device with a mailbox: what it may still get when it starts over. */
  mail: Record<string, Expected[]>;
  /** By user: the ends of calls that absent devices will hear of if they return in time, the latest for each. */
  farewells: Record<number, readonly Farewell[]>;
  /** By device that does not resume. */
  echoes: Record<string, Echo>;
}

/** A device that was lost while it rang: the end of that ring is news for it, for so long. */
export interface Echo {
  readonly call: string;
  readonly until: number;
}

export interface Farewell {
  readonly device: string;
  readonly frame: Expected;
  readonly until: number;
  /** Depends on which side noticed first that the call was over. */
  readonly optional: boolean;
}

export const boxOf = (user: number, device: string): string => `${user} ${device}`;

/** The side's device is away: the grace begins, if it has not. */
export function miss(side: Side, now: number): void {
  side.graceUntil ??= now + GRACE_MS;
}

/** A new socket of the side's device has yet to claim the call; one that comes late gets some time. */
export function expectClaim(side: Side, now: number): void {
  side.graceUntil ??= now + GRACE_MS;
  if (side.stretched || side.graceUntil >= now + CLAIM_MS) return;
  side.graceUntil = now + CLAIM_MS;
  side.stretched = true;
}

/** The side's device is there and has claimed the call. */
export function claim(side: Side): void {
  delete side.graceUntil;
  delete side.stretched;
}

export const GRACE_MS = 15_000;
export const RING_MS = 45_000;
/** However late in the grace a device returns, it has this long to claim its call. */
const CLAIM_MS = 2_000;

export const emptyState = (now: number): State => ({
  now,
  sockets: [],
  lost: {},
  nameless: {},
  calls: [],
  boxes: [],
  mail: {},
  farewells: {},
  echoes: {},
});

export const socketsOf = (state: State, user: number): Socket[] =>
  state.sockets.filter((socket) => socket.user === user);

export const callOf = (state: State, user: number): Call | undefined =>
  state.calls.find((call) => call.caller.user === user || call.callee.user === user);

export const roleOf = (call: Call, user: number): Role | undefined => {
  if (call.caller.user === user) return "caller";
  return call.callee.user === user ? "callee" : undefined;
};

export const otherRole = (role: Role): Role => (role === "caller" ? "callee" : "caller");

/** Sockets that a call concerns on one side: all of a ringing callee's, else that of its device. */
export function involved(state: State, side: Side): Socket[] {
  const open = socketsOf(state, side.user);
  return side.device === undefined ? open : open.filter(({ device }) => device === side.device);
}

/** A user is present with a socket, and for the grace after losing one. */
export const isPresent = (state: State, user: number): boolean =>
  socketsOf(state, user).length > 0 || state.now < (state.lost[user] ?? -Infinity) + GRACE_MS;

/** Why a call ends by time alone. */
export type Lapse = "no_answer" | { readonly lost: Role };

/** The lapses of a call whose time has come, although perhaps nobody has noticed yet. */
export function lapses(call: Call, now: number): Lapse[] {
  const found: Lapse[] = [];
  if (call.state === "ringing" && call.ringUntil <= now) found.push("no_answer");
  for (const role of ["caller", "callee"] as const) {
    if ((call[role].graceUntil ?? Infinity) <= now) found.push({ lost: role });
  }
  return found;
}

/** Whether a user's own side knows that the call's time has come. */
export function knowsLapse(call: Call, user: number, now: number): boolean {
  const role = roleOf(call, user);
  if (role === undefined) return false;
  const timeout = call.state === "ringing" && call.ringUntil <= now;
  return timeout || (call[role].graceUntil ?? Infinity) <= now;
}
