import { deviceLabel, type Session } from "../session.ts";
import { readToken } from "../token.ts";
import { RoomClient } from "./room-client.ts";

const clients = new Map<Session, RoomClient>();

/** The rooms of a sign-in. They go on while another tab of the page is shown, or a call rings. */
export function roomClientOf(session: Session): RoomClient {
  const known = clients.get(session);
  if (known) return known;
  const { server, token } = session;
  const user = readToken(token);
  const made = new RoomClient({
    server,
    token,
    bound: user?.device !== undefined,
    device: `${deviceLabel(token)}.rooms`.slice(0, 128),
    name: user?.name ?? user?.userId ?? "Guest",
  });
  clients.set(session, made);
  return made;
}

/** Ends the rooms of all sign-ins. */
export function closeRooms(): void {
  for (const client of clients.values()) client.close();
  clients.clear();
}
