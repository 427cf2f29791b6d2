/** What users of channels do. */
import type { Listener } from "./listener.ts";
import type { World } from "./world.ts";

type Act = (world: World, device: Listener, channel: string) => void;

const BOTH = ["broadcast", "presence"];

const say =
  (type: string): Act =>
  ({ random }, device, channel) => {
    device.present(type, channel, random.chance(0.2));
  };

const acts = {
  listen: ({ random }, device, channel) => {
    const listen = random.of([BOTH, BOTH, BOTH, ["broadcast"], ["presence"], []]);
    device.subscribe(channel, listen, random.chance(0.4), random.chance(0.1));
  },
  unsubscribe: (_, { device }, channel) => void device.ask("unsubscribe", { channel }),
  speak: ({ random }, device, channel) => {
    const silently = random.chance(0.2);
    for (let count = 1 + random.below(4); count > 0; count -= 1)
      device.broadcast(channel, silently);
  },
  join: say("presence_join"),
  update: say("presence_update"),
  leave: say("presence_leave"),
  publish: ({ random, backend }, _, channel) => {
    backend.publish(channel, random.chance(0.7) ? random.below(3) : undefined);
  },
  wait: () => {},
} satisfies Record<string, Act>;

const habits = {
  ...{ listen: 12, unsubscribe: 2, speak: 30, join: 8, update: 8, leave: 5 },
  ...{ publish: 12, wait: 20 },
} satisfies Record<keyof typeof acts, number>;

/** Lets a device do something. */
export async function act(world: World, device: Listener): Promise<void> {
  const { random, channels } = world;
  if (device.isHere) {
    acts[random.weighted<keyof typeof acts>(habits)](world, device, random.of(channels));
    return;
  }
  if (random.chance(0.5)) await comeBack(world, device);
}

/** Comes back as clients do: one that goes on has its subscriptions, others subscribe again. */
export async function comeBack({ random, channels }: World, device: Listener): Promise<void> {
  if (await device.connect()) return;
  for (const channel of channels) {
    if (random.chance(0.8)) device.subscribe(channel, BOTH, random.chance(0.8));
    if (random.chance(0.4)) device.present("presence_join", channel);
  }
}
