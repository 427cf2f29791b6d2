/** An outcome under construction: the state that follows, and the frames that sockets get. */
import {
  boxOf,
  involved,
  otherRole,
  type Call,
  type Expected,
  type Lapse,
  type Role,
  type Socket,
  type State,
} from "./state.ts";

/** A frame for a socket. Frames of one cause keep their order; those of different causes may mix. */
export interface Emitted {
  readonly to: string;
  readonly cause: string;
  frame: Expected;
  optional: boolean;
}

/** Any of some values will do. */
export const oneOf = (...values: unknown[]) => ({ $oneOf: values });

/** Any value, or no such field. */
export const any = { $any: true };

/** A value, or no such field. */
export const maybe = (value: unknown) => ({ $maybe: value });

/** What a step may lead to. Branches are forks, so that a draft may be written to. */
export class Draft {
  readonly state: State;
  readonly frames: Emitted[] = [];
  /** Calls that ended in this step, as they were. */
  readonly ended: Call[] = [];
  /** Calls that began in this step. */
  readonly begun: string[] = [];
  /** Calls that were accepted in this step. */
  readonly taken: string[] = [];
  /** Sockets that were replaced in this step. */
  readonly replaced: Socket[] = [];
  /** News in this step of somebody's return, on its way to the other side of the call. */
  readonly returned: { readonly call: string; readonly to: Role; readonly cause: string }[] = [];
  /** Calls that must end in this step for the draft to make sense. */
  readonly supposed: string[] = [];
  cause = "";
  /** Whether several things happen at the same instant. */
  crowded = false;

  constructor(state: State) {
    this.state = state;
  }

  fork(): Draft {
    return Object.assign(
      new Draft(this.state),
      structuredClone(Object.fromEntries(Object.entries(this))),
    );
  }

  emit(to: readonly Socket[], frame: Expected, optional = false): void {
    for (const { key } of to) this.frames.push({ to: key, cause: this.cause, frame, optional });
  }

  call(id: string): Call | undefined {
    return this.state.calls.find((call) => call.id === id);
  }

  /** Removes a call; who is told is the caller's business. */
  over(call: Call): void {
    this.ended.push(call);
    this.state.calls.splice(this.state.calls.indexOf(call), 1);
  }

  /** Tells one side of a call of its end; a device that is away hears it if it returns in time. */
  tell(call: Call, role: Role, frame: Expected, optional = false): void {
    this.emit(involved(this.state, call[role]), frame);
    this.keep(call, role, frame, optional);
  }

  /** Keeps the news of a call's end for the device that was in it, if that is away. */
  keep(call: Call, role: Role, frame: Expected, optional = false): void {
    const { user, device, graceUntil: until } = call[role];
    if (involved(this.state, call[role]).length > 0) return;
    if (device === undefined || until === undefined) return;
    const box = boxOf(user, device);
    if (this.state.boxes.includes(box)) {
      (this.state.mail[box] ??= []).push(frame);
      return;
    }
    const others = (this.state.farewells[user] ?? []).filter(
      (late) => late.device !== device && this.state.now < late.until,
    );
    this.state.farewells[user] = [...others, { device, frame, until, optional }];
  }

  /** Ends a call because its time has come. */
  lapse(call: Call, lapse: Lapse): void {
    if (lapse !== "no_answer") {
      this.lose(call, lapse.lost);
      return;
    }
    this.over(call);
    for (const role of ["caller", "callee"] as const) {
      this.tell(call, role, endedFrame(call.id, lapse), true);
    }
  }

  /** Ends a call because one side is gone: the other is told. */
  lose(call: Call, role: Role): void {
    this.over(call);
    const frame = endedFrame(call.id, "peer_disconnected");
    this.tell(call, otherRole(role), frame);
    // Who goes on from a mailbox finds the end of its own call there.
    const { user, device } = call[role];
    if (device === undefined) return;
    // An unlabelled device may be taken for another one of its user, whose mailbox it then has.
    const isItsOwn = (box: string) =>
      isUnlabelled(device) ? box.startsWith(`${user} `) : box === boxOf(user, device);
    const own = this.state.boxes.find(isItsOwn);
    if (own === undefined) return;
    this.emit(involved(this.state, call[role]), frame, true);
    (this.state.mail[own] ??= []).push(frame);
  }
}

/** Such a device is named by its socket's key. */
const isUnlabelled = (device: string): boolean => device.includes("#");

/** `call.ended`; `peer_info` only with `ended_by_user`. */
export const endedFrame = (session_id: string, reason: unknown, info?: unknown): Expected => ({
  type: "call.ended",
  payload: { session_id, reason, ...(info === undefined ? {} : { peer_info: info }) },
});
