/** How what happens on a place is spelled: once, for all who get it. */
import type { Change, Stay } from "../core/presence.ts";
import type { Space } from "../core/place.ts";
import type { Publication } from "../features/place.ts";

/** The kind of entry that is history. */
export const SHOWN = "broadcast";

interface Where {
  readonly epoch: string;
  readonly offset: number;
  readonly message_id: number;
}

/** Something to be written down. */
export interface Entry {
  readonly kind: typeof SHOWN | "presence";
  readonly type: string;
  /** Names a publication. */
  readonly id: string;
  /** The payload's JSON, once its place in the log is known. */
  spell(where: Where): string;
}

/** An entry as it was written down. */
export interface Stored {
  readonly number: number;
  readonly kind: Entry["kind"];
  readonly type: string;
  readonly json: string;
  readonly messageId: number;
}

/** An entry's row. */
export interface Row extends Record<string, SqlStorageValue> {
  number: number;
  kind: string;
  place: number | null;
  message_id: number | null;
  id: string | null;
  at: number;
  type: string;
  json: string;
}

/** Reads an entry's row. */
export function storedOf({ number, kind, type, json, message_id }: Row): Stored {
  return {
    number,
    kind: kind === SHOWN ? SHOWN : "presence",
    type,
    json,
    messageId: message_id ?? 0,
  };
}

/** A publication as subscribers get it. `now` in milliseconds since the epoch. */
export function publication(
  { space, name }: { space: Space; name: string },
  said: Publication,
  now: number,
): Entry {
  const spell = spellers[space];
  return {
    kind: SHOWN,
    type: space === "chat" ? "new_message" : "broadcast",
    id: said.id,
    spell: (where) => spell(name, said, now, where),
  };
}

const text = JSON.stringify;

const spellers: Readonly<
  Record<Space, (name: string, said: Publication, now: number, where: Where) => string>
> = {
  channel: (name, said, now, { message_id, epoch, offset }) => {
    const user = said.user === undefined ? "" : `,"user_id":${text(said.user)}`;
    const place = `"message_id":${message_id},"epoch":${text(epoch)},"offset":${offset}`;
    return `{"channel":${text(name)},"event":${text(said.name)},"payload":${said.json}${user},"ts":${now},${place}}`;
  },
  chat: (name, said, now) => {
    const from = `"from":${text(said.name)},"sent":${text(new Date(now).toISOString())}`;
    return `{"message":${said.json},${from},"from_id":${text(said.user ?? "")},"room":${text(name)}}`;
  },
};

/** A change of presence as subscribers get it. */
export function change(channel: string, { type, user, meta, at }: Change, now: number): Entry {
  const shown = meta === undefined ? "" : `,"meta":${meta}`;
  const time = at === undefined ? "" : `,"updated_at":${at}`;
  const json = `{"channel":${text(channel)},"user_id":${text(user)}${shown}${time},"ts":${now}}`;
  return { kind: "presence", type, id: "", spell: () => json };
}

/** JSON of the users who are present. */
export function usersJson(stays: readonly Stay[]): string {
  const users = stays.map(
    ({ user, meta = "null", at }) => `{"user_id":${text(user)},"meta":${meta},"updated_at":${at}}`,
  );
  return `[${users.join(",")}]`;
}
