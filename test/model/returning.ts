/** What a new socket is told: where it stands, what it missed, and the call that it takes over. */
import { returnedFrame, tellReturn } from "./answering.ts";
import { any, maybe, oneOf, type Draft } from "./draft.ts";
import { ringFrame } from "./starting.ts";
import {
  boxOf,
  claim,
  expectClaim,
  otherRole,
  type Call,
  type Expected,
  type Person,
  type Role,
  type Socket,
} from "./state.ts";

/** The new socket takes the call over; unless it opted in to resuming it has yet to claim it. */
export function resumeCall(
  people: readonly Person[],
  draft: Draft,
  socket: Socket,
  call: Call,
  role: Role,
): void {
  const side = call[role];
  if (socket.resume) {
    tellReturn(draft, call, role);
    claim(side);
    // The two may come back at the same instant, and cross each other.
    for (const { cause, ...news } of draft.returned) {
      if (news.call !== call.id || news.to !== role) continue;
      draft.frames.push({ to: socket.key, cause, frame: returnedFrame(call), optional: true });
    }
  } else {
    expectClaim(side, draft.state.now);
  }
  // Taken by its forerunner at the same instant: it may have been rung first.
  if (draft.taken.includes(call.id)) draft.emit([socket], ringFrame(people, call), true);
  draft.emit([socket], resumedFrame(people, call, role));
  for (const frame of side.waiting.splice(0)) draft.emit([socket], frame);
}

/** What a socket is told that takes a call over. */
export const resumedFrame = (people: readonly Person[], call: Call, role: Role): Expected => ({
  type: "call.resumed",
  payload: summary(people, call, role),
});

/** What a user is told of the call it is in. */
function summary(people: readonly Person[], call: Call, role: Role) {
  const peer = people[call[otherRole(role)].user];
  return {
    session_id: call.id,
    state: call.state,
    role,
    peer_id: peer?.id,
    peer_info: maybe(peer?.info),
  };
}

/** The first frame of a client that opted in to resuming and starts over. */
export function welcomeFrame(
  people: readonly Person[],
  { crowded }: Draft,
  { device }: Socket,
  call?: Call,
  role?: Role,
): Expected {
  const calls = call && role ? [snapshot(people, call, role, device, crowded)] : [];
  return { type: "welcome", payload: { resumed: false, seq: 0, calls } };
}

function snapshot(
  people: readonly Person[],
  call: Call,
  role: Role,
  device: string,
  crowded: boolean,
) {
  const { graceUntil } = call[role];
  // At the same instant an end that claims the call may be on its way to the other side, and a device
  // whose answer still counts may be lost.
  const deadline = crowded ? maybe(graceUntil ?? any) : graceUntil;
  return {
    ...summary(people, call, role),
    here: (call[role].device ?? device) === device,
    ...(call.state === "ringing" ? { ring_deadline: call.ringUntil } : {}),
    ...(deadline === undefined ? {} : { claim_deadline: deadline }),
  };
}

/** The end of a call, whatever it was; of one whose start nobody has heard answered, too. */
export function endings(call: string): Expected[] {
  const session_id = oneOf(call, "no call");
  return [
    { type: "call.ended", payload: { session_id, reason: any, peer_info: any } },
    { type: "call.rejected", payload: { session_id, callee_info: any } },
  ];
}

const isEnd = ({ type }: Expected): boolean => type === "call.ended" || type === "call.rejected";

/** What a client that starts over may still get; an unlabelled one may be taken for any that was lost. */
export function readMail(
  people: readonly Person[],
  { state, frames }: Draft,
  socket: Socket,
): void {
  const { key, user, device } = socket;
  const isAnyone = people[user]?.naming === "unlabelled";
  for (const [box, mail] of Object.entries(state.mail)) {
    if (box !== boxOf(user, device) && !(isAnyone && box.startsWith(`${user} `))) continue;
    for (const [index, frame] of mail.entries()) {
      // Only who opted in hears of calls that are over.
      if (!socket.resume && isEnd(frame)) continue;
      frames.push({ to: key, cause: `${box} ${index}`, frame, optional: true });
    }
  }
}
