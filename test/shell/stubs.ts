/** Stubs of other users' objects, all of them one function. */
import { PeerObjects, type Answers, type Delivery } from "../../src/durable/peers.ts";

/** What an object does with a delivery; stubs are numbered. */
export type Receive = (delivery: Delivery, stub: number) => Promise<Answers> | Answers;

/** The failure of a stub whose object was reset. */
export const reset = () => Object.assign(new Error("reset"), { durableObjectReset: true });
/** The failure of an object that has too much to do. */
export const overloaded = () =>
  Object.assign(new Error("busy"), { overloaded: true, retryable: true });

/** Answers each message with the session it names. */
export const echo: Receive = ({ messages }) =>
  messages.map(({ message }) => ({ reply: (message as { session?: string }).session }));

/** Peers whose objects are one function; every stub has a number. */
export function peersOver(receive: Receive) {
  let stubs = 0;
  const users: string[] = [];
  const deliveries: Delivery[] = [];
  const peers = new PeerObjects("ann", (user) => {
    stubs += 1;
    const stub = stubs;
    users.push(user);
    return {
      receive: async (delivery) => {
        deliveries.push(delivery);
        return receive(delivery, stub);
      },
    };
  });
  const send = (user: string, session: string): Promise<unknown> =>
    peers.send(user, "call.probe", { session });
  const sessions = () =>
    deliveries.map(({ messages }) =>
      messages.map(({ message }) => (message as { session: string }).session),
    );
  return { send, deliveries, sessions, users, stubs: () => stubs };
}
