/** What members of rooms do, and those who want to be. */
import type { Member } from "./member.ts";
import type { Part } from "./view.ts";
import type { World } from "./world.ts";

type Act = (world: World, member: Member, room: string, part: Part) => void;

const ask =
  (type: string): Act =>
  (_, member, room) => {
    member.ask(type, { room });
  };

const decide =
  (type: string): Act =>
  ({ random }, member, room, { askers }) => {
    if (askers.size > 0) member.ask(type, { room, peer_id: random.of([...askers]) });
  };

const acts = {
  join: ask("room.join"),
  withdraw: ask("room.withdraw"),
  leave: ask("room.leave"),
  accept: decide("room.accept"),
  reject: decide("room.reject"),
  kick: ({ random }, member, room, { peers }) => {
    if (peers.size > 0) member.ask("room.kick", { room, peer_id: random.of([...peers]) });
  },
  lock: ({ random }, member, room) => {
    member.ask("room.lock", { room, locked: random.chance(0.2) });
  },
  signal: ({ random }, member, room, { peers }) => {
    if (peers.size === 0) return;
    const to = random.of([...peers]);
    for (let count = 1 + random.below(4); count > 0; count -= 1) member.signal(room, to);
  },
  wait: () => {},
} satisfies Record<string, Act>;

/** What a device does in a room, and how often, by its part there. */
const habits = {
  asking: { join: 4, withdraw: 6, wait: 90 },
  member: { signal: 60, leave: 4, join: 3, kick: 1, accept: 1, wait: 31 },
  owner: { accept: 40, reject: 4, signal: 30, kick: 4, lock: 4, leave: 3, wait: 15 },
} satisfies Record<string, Partial<Record<keyof typeof acts, number>>>;

/** Lets a device do something. */
export async function act(world: World, member: Member): Promise<void> {
  const { random, rooms } = world;
  if (!member.isHere) {
    if (random.chance(0.5)) await member.connect();
    return;
  }
  const room = random.of(rooms);
  const part = member.view.parts.get(room);
  if (!part || part.state === "leaving") {
    member.ask(random.chance(0.3) ? "room.create" : "room.join", { room });
    return;
  }
  if (!part.sure) {
    if (part.asked !== true || random.chance(0.05)) member.ask("room.join", { room });
    return;
  }
  const isOwner = part.state === "member" && part.owner === part.own;
  const habit = habits[isOwner ? "owner" : part.state];
  acts[random.weighted<keyof typeof acts>(habit as Record<keyof typeof acts, number>)](
    ...([world, member, room, part] as const),
  );
}
