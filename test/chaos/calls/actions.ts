/** What the users of a chaotic world do. */
import type { Device, View } from "./device.ts";
import type { World } from "./world.ts";

type Act = (device: Device, session: string) => unknown;

const ask =
  (type: string, more: Record<string, unknown> = {}): Act =>
  (device, session_id) =>
    device.send(type, { session_id, ...more });

const leave =
  (type: string): Act =>
  (device, session_id) => {
    device.calls.delete(session_id);
    return device.send(type, { session_id });
  };

const acts = {
  accept: (device, session) => {
    device.calls.set(session, { role: "callee", state: "accepted" });
    return ask("call.accept")(device, session);
  },
  reject: leave("call.reject"),
  end: leave("call.end"),
  ignore: ask("call.ignore"),
  check: ask("call.check"),
  describe: ask("webrtc.offer", { sdp: "v=0" }),
  candidates: (device, session) => {
    for (let count = 0; count < 3; count += 1) device.sendCandidate(session);
  },
  wait: () => undefined,
} satisfies Record<string, Act>;

/** What a device does in a call, and how often, by role and state. */
const habits: Record<
  `${View["role"]} ${View["state"]}`,
  Partial<Record<keyof typeof acts, number>>
> = {
  "callee ringing": { accept: 45, reject: 8, end: 4, ignore: 4, check: 4, wait: 35 },
  "caller ringing": { candidates: 20, check: 4, end: 5, wait: 71 },
  "callee accepted": { candidates: 50, describe: 10, check: 5, end: 12, wait: 23 },
  "caller accepted": { candidates: 50, describe: 10, check: 5, end: 12, wait: 23 },
};

/** Lets a device do something. */
export async function act(world: World, device: Device): Promise<void> {
  const { random } = world;
  if (!device.isHere) {
    if (random.chance(0.4)) await device.connect();
    return;
  }
  const [known] = device.calls;
  if (known) {
    const [session, { role, state }] = known;
    const choice = random.weighted(habits[`${role} ${state}`] as Record<keyof typeof acts, number>);
    void acts[choice](device, session);
    return;
  }
  const others = world.devices.filter(({ user }) => user !== device.user);
  const idle = others.filter(({ calls }) => calls.size === 0);
  const other = random.of(idle.length > 0 && random.chance(0.8) ? idle : others);
  start(world, device, other);
  if (other.isHere && random.chance(0.15)) start(world, other, device);
}

function start({ random }: World, from: Device, to: Device): void {
  const glare = random.chance(0.5) ? { glare: "join" } : {};
  void from.send("call.start", { callee_id: to.user, ...glare });
}
