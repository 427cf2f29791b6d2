/** Reaching people who are not connected: the feature's record. */
import { judge, refusal } from "../../core/call.ts";
import type { ClientPayload } from "../../protocol/index.ts";
import { callNamed } from "../calls/lookup.ts";
import type { Call, Hooks, Host } from "../feature.ts";
import { settled } from "./cancel.ts";
import { deliver } from "./notices.ts";
import { acknowledged, plan, rung, step } from "./plan.ts";
import { onProgress, report } from "./progress.ts";
import { recordOf } from "./record.ts";
import { onDelete, onMoved, onPut, register, tellAgain, unregister } from "./register.ts";
import { onAccept, onGet, onReject, onRinging } from "./remote.ts";
import { mayUse, usableRoutes } from "./routes.ts";

/** Handles `call.ring_ack`: this device rings. */
async function ringAck(host: Host, call: Call<ClientPayload<"call.ring_ack">>): Promise<void> {
  const { session_id } = call.payload;
  const ring = await callNamed(host, session_id, "Failed to acknowledge ring");
  const refused = refusal(judge("ringAck", ring.role, ring.state));
  if (refused) throw refused;
  acknowledged(host, session_id, call.connection);
  report(host, session_id, "ringing", call.connection);
}

/** Whether some route is left that may wake this user. */
const wakes: NonNullable<Hooks["wakes"]> = (host, { session, wake }) => {
  const record = session === undefined ? undefined : recordOf(host, session);
  const isOpen = (key: string) =>
    record?.rung.find((one) => one.key === key)?.standing !== "refused";
  if (usableRoutes(host).some(({ hash }) => isOpen(hash))) return true;
  return mayUse(host, wake) && isOpen("caller");
};

export const push = {
  handlers: {
    "push.register": register,
    "push.unregister": unregister,
    "call.ring_ack": ringAck,
  },
  peers: { "call.progress": onProgress, "push.moved": onMoved },
  asks: {
    "device.put": onPut,
    "device.delete": onDelete,
    "call.get": onGet,
    "call.accept": onAccept,
    "call.reject": onReject,
    "call.ringing": onRinging,
  },
  hooks: {
    wakes,
    rung,
    settled,
    disconnected: (host) => {
      plan(host);
    },
    alarms: {
      push: step,
      notice: (host, name) => {
        host.background(deliver(host, name));
      },
      "push-moved": (host, name) => {
        host.background(tellAgain(host, name));
      },
    },
  } satisfies Hooks,
};
