/** The product: the list of features, and the way from a request to its handler. */
import { ProtocolError } from "../protocol/errors.ts";
import type { ClientPayload, ClientType } from "../protocol/index.ts";
import type { About, Event } from "../protocol/message.ts";
import type { Ask, AskHandler, AskKind, Reply } from "./ask.ts";
import { calls } from "./calls/index.ts";
import { channels } from "./channels/index.ts";
import { chat } from "./chat/index.ts";
import { direct } from "./direct.ts";
import type { Connection, Outgoing } from "./connection.ts";
import type { Handler, Hooks, Host, PeerHandler } from "./feature.ts";
import { ice } from "./ice.ts";
import type { PeerKind, PeerMessage, PeerMessages, RoomKind } from "./peer.ts";
import { push } from "./push/index.ts";
import { rooms } from "./rooms/index.ts";
import { signaling } from "./signaling.ts";

// A message without a handler, or a handler without a message, does not compile.
const handlers: { readonly [T in ClientType]: Handler<ClientPayload<T>> } = {
  ...calls.handlers,
  ...signaling.handlers,
  ...push.handlers,
  ...rooms.handlers,
  ...ice.handlers,
  ...direct.handlers,
  ...channels.handlers,
  ...chat.handlers,
};

const peers: { readonly [K in Exclude<PeerKind, RoomKind>]: PeerHandler<K> } = {
  ...calls.peers,
  ...signaling.peers,
  ...push.peers,
  ...rooms.peers,
  ...direct.peers,
  ...channels.peers,
};

const asks: { readonly [K in AskKind]: AskHandler<K> } = { ...push.asks };

/** The hooks of all features. */
export const hooks: readonly Hooks[] = [
  calls.hooks,
  signaling.hooks,
  // Chat forgets where a lost connection was before its seat there is given up.
  chat.hooks,
  channels.hooks,
  push.hooks,
  rooms.hooks,
];

/** A checked request, as the codec reads it. */
export interface IncomingRequest {
  readonly type: ClientType;
  readonly payload: unknown;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly ref?: string;
  /** The type as it was sent, when it is another than the one it is handled as. */
  readonly name?: string;
  /** What an error of it repeats, such as the call it names. */
  readonly about: About;
}

/** How a request is known: its id, and whether it came before without leaving a result. */
export interface Attempt {
  readonly id: string;
  readonly again: boolean;
}

/** Hands a request to its handler, and sees to its answer, its error or its acknowledgement. */
export async function handle(
  host: Host,
  connection: Connection,
  request: IncomingRequest,
  attempt: Attempt,
): Promise<void> {
  const { type, payload, raw, ref, about, name = type } = request;
  const { session_id: session } = about;
  if (session !== undefined) for (const hook of hooks) hook.named?.(host, connection, session);
  let open = true;
  const reply = (event: Outgoing & Event) => {
    open = false;
    host.sockets.answer(ref === undefined ? event : { ...event, ref }, connection);
  };
  const refuse = (error: unknown) => {
    open = false;
    host.sockets.answer(errorEvent(host, error, { type: name, about, ref }), connection);
  };
  const acknowledge = () => {
    if (open && ref !== undefined && connection.resume) {
      reply({ type: "ack", payload: { ref_type: name } });
    }
  };
  const given = ref === undefined ? {} : { ref };
  const call = {
    connection,
    payload,
    raw,
    ...given,
    ...attempt,
    answer: reply,
    refuse,
    acknowledge,
  };
  try {
    const handler = handlers[type] as Handler<unknown>;
    if ((await handler(host, call)) !== "later") acknowledge();
  } catch (error) {
    refuse(error);
  }
}

/** What is known of the request that an error answers. */
export interface Refused {
  readonly type?: string | undefined;
  readonly about?: About;
  readonly ref?: string | undefined;
}

/** Spells out a refusal. What is not a refusal is a defect: logged here, and told without detail. */
export function errorEvent(host: Pick<Host, "log">, error: unknown, request: Refused) {
  const known = error instanceof ProtocolError;
  if (!known) host.log("error", "defect", { type: request.type, error: describe(error) });
  else if (error.cause !== undefined) {
    host.log("warn", "request.failed", { type: request.type, error: describe(error.cause) });
  }
  const { type, about, ref } = request;
  return {
    type: "error" as const,
    payload: {
      code: known ? error.code : ("internal_error" as const),
      message: known ? error.message : "Internal server error",
      ...(type === undefined ? {} : { ref_type: type }),
      ...about,
      ...(known ? error.details : {}),
    },
    ...(ref === undefined ? {} : { ref }),
  };
}

/** Hands a message of a peer's object to its handler and returns the answer. */
export function receive(
  host: Host,
  from: string,
  { kind, message }: PeerMessage,
): PeerMessages[PeerKind]["reply"] {
  const handler = peers[kind as Exclude<PeerKind, RoomKind>] as (
    host: Host,
    from: string,
    message: unknown,
  ) => PeerMessages[PeerKind]["reply"];
  return handler(host, from, message);
}

/** Hands a question of the HTTP side to its handler. A refusal becomes a status. */
export async function answer(host: Host, { kind, asked }: Ask): Promise<Reply> {
  const handler = asks[kind] as (host: Host, asked: unknown) => Promise<Reply>;
  try {
    return await handler(host, asked);
  } catch (error) {
    const { payload } = errorEvent(host, error, { type: kind });
    const status = payload.code === "internal_error" ? 503 : 400;
    return { status, body: { error: payload.message } };
  }
}

/** Runs an alarm of whichever feature set it. */
export async function ring(host: Host, name: string): Promise<void> {
  const [kind = name] = name.split(":");
  for (const { alarms } of hooks) await alarms?.[kind]?.(host, name);
}

/** What the log says of a failure: its name and message, and where it comes from. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}
