/** A client of a user's object in a world: one socket, which remembers what it got. */
import type { Connection } from "../../../src/features/connection.ts";
import type { UserInfo } from "../../../src/protocol/user-info.ts";
import type { UserObject } from "./user-object.ts";

/** A message as received. */
export interface Received {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly ref?: string;
}

/** What a socket says of itself on connecting. */
export interface Device {
  /** Label of the device; unlabelled sockets of a user are one device here. */
  readonly label?: string;
  readonly resume?: boolean;
  readonly ack?: true;
  readonly profile?: UserInfo;
}

/** One socket. */
export class Client {
  readonly object: UserObject;
  readonly connection: Connection;
  /** Whether the socket takes frames; false while it is closing. */
  open = true;
  #received: Received[] = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(object: UserObject, { label, resume = false, ack, profile }: Device) {
    this.object = object;
    const id = object.world.uuid();
    this.connection = {
      id,
      line: id,
      device: label === undefined ? "user" : `label:${label}`,
      profile: profile ?? { user_id: object.name, name: object.name.toUpperCase() },
      resume,
      ...(label === undefined ? {} : { label }),
      ...(ack === undefined ? {} : { ack }),
    };
    object.accept(this);
  }

  /** Sends a request; resolves when it has been handled, which a test need not wait for. */
  send(type: string, payload: object | null = {}, more: object = {}): Promise<void> {
    const frame = JSON.stringify({ type, payload, ...more });
    this.#turn = this.#turn.then(() => this.object.handle(this, frame));
    this.object.world.watch(this.#turn);
    return this.#turn;
  }

  /** Takes a frame of the service. */
  receive(frame: string): void {
    this.#received.push(JSON.parse(frame) as Received);
  }

  /** All that came, apart from what was taken. */
  get received(): readonly Received[] {
    return this.#received;
  }

  /** All that came since the last time. */
  take(): Received[] {
    return this.#received.splice(0);
  }

  /** The types of what came since the last time; errors by their code. */
  heard(): string[] {
    return this.take().map(({ type, payload }) => {
      if (type === "error") return `error ${String(payload["code"])}`;
      return type === "call.ended" ? `call.ended ${String(payload["reason"])}` : type;
    });
  }

  /** Payload of the latest message, which must be of that type. */
  last(type: string): Received["payload"] {
    const message = this.#received.at(-1);
    if (message?.type === type) return message.payload;
    throw new Error(`${this.object.name} expected ${type}, got ${JSON.stringify(message)}`);
  }

  /** Closes the socket; without a code it is lost with no close frame. */
  close(code = 1006): void {
    this.object.lose(this, code);
  }
}
