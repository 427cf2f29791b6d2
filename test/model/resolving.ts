/** From commands to operations: names sockets and calls outright, and leaves out what makes no sense now. */
import { SLOTS, type Command, type Place } from "./commands.ts";
import type { Operation, Send } from "./operations.ts";
import type { Person } from "./state.ts";

type Sending = Extract<Command, { act: "start" } | { of: number }>;

/** Knows which client sits where. */
export class Resolver {
  readonly #people: readonly Person[];
  /** Keys of open sockets by place. */
  readonly #places = new Map<string, string>();
  #count = 0;

  constructor(people: readonly Person[]) {
    this.#people = people;
  }

  /** Names everything. `step`: number of the step; `callOf`: name of a user's latest call. */
  resolve(
    commands: readonly Command[],
    step: number,
    callOf: (user: number) => string,
  ): Operation[] {
    const moved = new Set<string>();
    return commands.flatMap((command) => {
      this.#count += 1;
      return this.#resolve(command, moved, step, callOf) ?? [];
    });
  }

  #resolve(
    command: Command,
    moved: Set<string>,
    step: number,
    callOf: (user: number) => string,
  ): Operation | undefined {
    switch (command.act) {
      case "alarms":
        return { do: "alarm", user: undefined };
      case "alarm":
        return { do: "alarm", user: command.user };
      case "evict":
        return isFirst(moved, [`object ${command.user}`])
          ? { do: "evict", user: command.user }
          : undefined;
      case "vanish":
        return this.#vanish(command.user, moved);
      case "connect":
        return this.#connect(command.at, command.resume, moved);
      case "close":
        return this.#close(command.at, command.code, moved);
      case "start":
      case "accept":
      case "reject":
      case "end":
      case "check":
      case "offer":
      case "answer":
      case "ice":
        return this.#send(command, moved, step, callOf);
    }
  }

  #vanish(user: number, moved: Set<string>): Operation | undefined {
    const places = placesOf(user);
    if (!isFirst(moved, [`object ${user}`, ...places])) return undefined;
    for (const place of places) this.#places.delete(place);
    return { do: "vanish", user };
  }

  #connect([user, slot]: Place, resume: boolean, moved: Set<string>): Operation | undefined {
    const place = String([user, slot]);
    // Only a device that has a name can be replaced.
    const isTaken = this.#places.has(place) && this.#people[user]?.naming === "unlabelled";
    if (isTaken || !isFirst(moved, [place])) return undefined;
    const key = `${user}.${slot}#${this.#count}`;
    this.#places.set(place, key);
    return { do: "connect", user, slot, key, resume };
  }

  #close([user, slot]: Place, code: number | undefined, moved: Set<string>): Operation | undefined {
    const place = String([user, slot]);
    const key = this.#places.get(place);
    if (key === undefined || !isFirst(moved, [place])) return undefined;
    this.#places.delete(place);
    return { do: "close", user, key, ...(code === undefined ? {} : { code }) };
  }

  #send(
    command: Sending,
    moved: Set<string>,
    step: number,
    callOf: (user: number) => string,
  ): Send | undefined {
    const [user, slot] = command.at;
    const key = this.#places.get(String([user, slot]));
    if (key === undefined) return undefined;
    const ref = `r${this.#count}`;
    const sent = { do: "send", user, key, ref } as const;
    if (command.act === "start") {
      const { to, join, ring } = command;
      // Who starts two calls at the same instant stays, so that at most one of them begins.
      const isOnly = isFirst(moved, [`start ${user}`]) || isFirst(moved, placesOf(user));
      if (!isOnly) return undefined;
      return {
        ...sent,
        type: "call.start",
        callee: to in this.#people ? to : undefined,
        join,
        ...(ring === undefined ? {} : { ringSeconds: ring }),
        id: `call ${step} of ${user}`,
      };
    }
    const session = callOf(command.of);
    switch (command.act) {
      case "accept":
      case "reject":
      case "end":
      case "check":
        return { ...sent, type: `call.${command.act}`, session };
      case "offer":
      case "answer":
        return { ...sent, type: `webrtc.${command.act}`, session, payload: { sdp: ref, x: [1] } };
      case "ice":
        return { ...sent, type: "webrtc.ice", session, payload: { candidate: ref, sdpMid: null } };
    }
  }
}

const placesOf = (user: number): string[] =>
  Array.from({ length: SLOTS }, (_, slot) => String([user, slot]));

/** Two moves of one client at the same instant have no meaning: the first counts. */
function isFirst(moved: Set<string>, things: readonly string[]): boolean {
  if (things.some((thing) => moved.has(thing))) return false;
  for (const thing of things) moved.add(thing);
  return true;
}
