/** The ways between objects, as tests make them slow or break them. */
import { vi } from "vitest";
import { Channel } from "../../src/durable/channel.ts";
import type { Answers, Delivery, Receiver } from "../../src/durable/peers.ts";
import { Room } from "../../src/durable/room.ts";
import { User } from "../../src/durable/user.ts";

/** Carries a delivery to the object and its answers back, or fails. */
type Way<Message> = (delivery: Delivery<Message>, object: Receiver<Message>) => Promise<Answers>;

function waysTo<Message>(objects: Receiver<Message>): (by: Way<Message>) => void {
  const { receive } = objects;
  return (by) => {
    vi.spyOn(objects, "receive").mockImplementation(function (this: Receiver<Message>, delivery) {
      return by(delivery, { receive: (same) => receive.call(this, same) });
    });
  };
}

/** Sends every delivery to users' objects by another way, until the test ends. */
export const divert = waysTo(User.prototype);
/** The same for deliveries to channels and chat rooms. */
export const divertToChannels = waysTo(Channel.prototype);
/** The same for deliveries to rooms. */
export const divertToRooms = waysTo(Room.prototype);

/** The way as it is when nothing is wrong. */
export function straight<Message>(delivery: Delivery<Message>, object: Receiver<Message>) {
  return object.receive(delivery);
}

/** Breaks the way to users' objects for some deliveries, until it is mended. */
export function breakWay(isFor: (delivery: Delivery) => boolean, failure = new Error("away")) {
  const way = { isBroken: true, failures: 0 };
  divert((delivery, object) => {
    if (!way.isBroken || !isFor(delivery)) return object.receive(delivery);
    way.failures += 1;
    return Promise.reject(failure);
  });
  return way;
}

/** Whether a delivery brings events of a channel or a chat room; to a certain seat, if one is given. */
export function hasEvents({ messages }: Delivery, seat?: string): boolean {
  return messages.some(
    ({ kind, message }) =>
      kind === "place.events" &&
      (seat === undefined || message.items.some(({ to }) => to.includes(seat))),
  );
}

/** A gate that one side opens and the other waits at, looking for itself: they may share no promise. */
export class Gate {
  #isOpen = false;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
  }

  async pass(): Promise<void> {
    while (!this.#isOpen) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
