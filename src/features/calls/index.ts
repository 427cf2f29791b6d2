/** One-to-one calls: the feature's record. */
import { accept, onAccepted, reject } from "./answer.ts";
import { onEnded, onFinish } from "./ending.ts";
import { check, end } from "./hang-up.ts";
import { hooks, onPresence } from "./presence.ts";
import { ignore, onProbe, onRing } from "./ring.ts";
import { start } from "./start.ts";

export const calls = {
  handlers: {
    "call.start": start,
    "call.accept": accept,
    "call.reject": reject,
    "call.end": end,
    "call.ignore": ignore,
    "call.check": check,
  },
  peers: {
    "call.ring": onRing,
    "call.accepted": onAccepted,
    "call.finish": onFinish,
    "call.ended": onEnded,
    "call.probe": onProbe,
    "call.presence": onPresence,
  },
  hooks,
};
