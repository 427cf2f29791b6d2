/** What rooms tell their peers: written down as far as it matters here, then handed to the device. */
import type { RoomEvent } from "../../core/room-state.ts";
import type { UserInfo } from "../../protocol/user-info.ts";
import type { PeerMessages } from "../peer.ts";
import { answerCame } from "../answers.ts";
import { answerOf, endStay, keep, putStay, seenIn, stayIn, takenBefore } from "./book.ts";
import type { RoomHost, Stay } from "./book.ts";

type Message = PeerMessages["room.event"]["message"];
type Reply = PeerMessages["room.event"]["reply"];

/** Events that only members get. */
const FOR_MEMBERS: ReadonlySet<string> = new Set([
  "room.join_requested",
  "room.peer_joined",
  "room.peer_left",
  "room.signal",
]);

/** Takes an event of a room, once. */
export function onRoomEvent(host: RoomHost, _from: string, message: Message): Reply {
  const { app, room, peer, event, number, id, lasting = false } = message;
  const stay = stayIn(host, peer, room);
  if (number !== undefined && number <= seenIn(host, peer, room)) return "taken";
  if (!stay || stay.app !== app || stay.gone) return "gone";
  // Of a former stay: it has left since, and asks anew.
  const isInside = stay.state === "member" || !FOR_MEMBERS.has(event.type);
  if (!isInside) return number === undefined ? "gone" : "taken";
  if (id !== undefined && takenBefore(host, id, lasting)) return "taken";
  if (number === undefined) return offer(host, stay, event, false);
  if (event.ref !== undefined) answerCame(host, answerOf(peer, event.ref));
  note(host, { ...stay, seen: number }, event);
  const news = newsIn(host, stay, event);
  // What says who is in the room is never refused; a full mailbox lets go of its oldest.
  if (news && offer(host, stay, news, true) === "full") host.sockets.deliver(news, [stay]);
  return "taken";
}

function offer(
  host: RoomHost,
  { device }: Stay,
  event: RoomEvent,
  isNews: boolean,
): "taken" | "full" {
  const outcome = host.sockets.offer(event, device);
  if (outcome !== "absent") return outcome;
  return keep(host, device, event, isNews) ? "taken" : "full";
}

/** Whether an answer is not to the latest request: that one will be answered as well. */
const isOlder = ({ ref: latest }: Stay, ref: string | undefined) =>
  ref !== undefined && latest !== undefined && ref !== latest;

/** What an event has to tell: less where its request was acknowledged when it was made again. */
function newsIn(host: RoomHost, { device }: Stay, event: RoomEvent): RoomEvent | undefined {
  const { type, ref } = event;
  const isAnswered = ref !== undefined && host.sockets.isAnswered(device, ref);
  const rest = isAnswered ? afterAnswer[type] : undefined;
  return rest ? rest(event) : event;
}

/** What is left to tell when the request has its answer: who was let in is in. */
const afterAnswer: Readonly<Record<string, (event: RoomEvent) => RoomEvent | undefined>> = {
  "room.joined": ({ type, json }) => ({ type, json }),
  "room.join_rejected": () => undefined,
};

/** Events that change who is where. */
const notes: Readonly<
  Record<string, (host: RoomHost, stay: Stay, payload: Payload, ref: string | undefined) => void>
> = {
  "room.created": (host, stay) => {
    putStay(host, { ...stay, state: "member", owner: stay.peer, people: {} });
  },
  "room.create_rejected": (host, stay, _, ref) => {
    if (stay.state === "creating" && !isOlder(stay, ref)) endStay(host, stay);
    else putStay(host, stay);
  },
  "room.joined": (host, stay, { owner_id: owner, peers = [], users = {} }) => {
    const people = peers.map((id) => [id, users[id]?.user_id ?? ""] as const);
    putStay(host, { ...stay, state: "member", owner, people: Object.fromEntries(people) });
  },
  "room.join_rejected": (host, stay, _, ref) => {
    if (stay.state === "member" || isOlder(stay, ref)) putStay(host, stay);
    else endStay(host, stay);
  },
  "room.peer_joined": (host, stay, { peer_id: id, user }) => {
    putStay(host, { ...stay, people: { ...stay.people, [id]: user?.user_id ?? "" } });
  },
  "room.peer_left": (host, stay, { peer_id: id, owner_id: owner }) => {
    if (id === stay.peer) return endStay(host, stay);
    const { [id]: _, ...people } = stay.people;
    putStay(host, { ...stay, owner, people });
  },
};

/** The fields of events that are read here. */
interface Payload {
  readonly peer_id: string;
  readonly owner_id: string;
  readonly user?: UserInfo;
  readonly peers?: readonly string[];
  readonly users?: Readonly<Record<string, UserInfo>>;
}

function note(host: RoomHost, stay: Stay, { type, json, ref }: RoomEvent): void {
  const write = notes[type];
  if (write) write(host, stay, JSON.parse(json) as Payload, ref);
  else putStay(host, stay);
}
