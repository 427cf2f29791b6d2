/** What becomes of frames and requests whose socket goes away at the same instant. */
import type { Draft } from "./draft.ts";
import { resumedFrame } from "./returning.ts";
import {
  boxOf,
  callOf,
  expectClaim,
  roleOf,
  type Person,
  type Socket,
  type State,
} from "./state.ts";

/** A request whose socket was replaced while it was handled: the device goes on with it. */
export function inherit(people: readonly Person[], claimed: Draft, heir: Socket): Draft[] {
  const call = callOf(claimed.state, heir.user);
  const role = call && roleOf(call, heir.user);
  if (call && role) claimed.emit([heir], resumedFrame(people, call, role));
  for (const emitted of claimed.frames) {
    if (emitted.to === heir.key && emitted.cause === claimed.cause) emitted.optional = true;
  }
  const unclaimed = claimed.fork();
  const mine = callOf(unclaimed.state, heir.user);
  if (mine && role) expectClaim(mine[role], unclaimed.state.now);
  return [claimed, unclaimed];
}

/** What a socket that went away in this step should have got, it may have missed; its successor may get it. */
export function relax(before: State, draft: Draft): void {
  const open = new Set(draft.state.sockets.map(({ key }) => key));
  for (const emitted of draft.frames.slice()) {
    const gone = before.sockets.find(({ key }) => key === emitted.to && !open.has(key));
    if (!gone || emitted.frame.type === "#closed") continue;
    emitted.optional = true;
    const heir = draft.state.sockets.find(
      ({ user, device }) => user === gone.user && device === gone.device,
    );
    if (heir) draft.frames.push({ ...emitted, to: heir.key, cause: `${emitted.cause} inherited` });
    if (heir) continue;
    // It may wait for the device; but an answer is no answer any more.
    const { ref: _, ...frame } = emitted.frame;
    (draft.state.mail[boxOf(gone.user, gone.device)] ??= []).push(frame);
  }
}
