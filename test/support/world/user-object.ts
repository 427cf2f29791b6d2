/** One user's object in a world: the shell's part, on memory. */
import * as z from "zod";
import type { Storage } from "../../../src/core/ports.ts";
import type { Connection, Device, Outgoing } from "../../../src/features/connection.ts";
import { PeerUnreachable, type Host } from "../../../src/features/feature.ts";
import { errorEvent, handle, hooks } from "../../../src/features/index.ts";
import { server } from "../../../src/protocol/index.ts";
import { aboutOf, encode, open, read, typeOf, type Envelope } from "../../../src/wire/codec.ts";
import type { World } from "../world.ts";
import type { Client } from "./client.ts";

/** Rows that belong to a call or to what is owed after it. */
const OF_CALLS = /^(call|room|start:.*|closing:.*|wait:.*|notice:.*|push-moved:.*)$/;

/** A user's object. */
export class UserObject {
  readonly name: string;
  readonly world: World;
  readonly rows = new Map<string, unknown>();
  readonly deadlines = new Map<string, number>();
  readonly host: Host;
  #clients: Client[] = [];
  #lastLost: number | undefined;

  constructor(name: string, world: World) {
    this.name = name;
    this.world = world;
    this.host = this.#compose();
  }

  /** Takes a socket; an older one of the same device is replaced. */
  accept(client: Client): void {
    const { device } = client.connection;
    for (const older of this.#clients.filter((other) => other.connection.device === device)) {
      older.open = false;
    }
    this.#clients = [
      ...this.#clients.filter((other) => other.connection.device !== device),
      client,
    ];
    for (const hook of hooks) hook.connected?.(this.host, client.connection, false);
  }

  /** Takes leave of a socket, unless it was replaced before. */
  lose(client: Client, code: number): void {
    client.open = false;
    if (!this.#clients.includes(client)) return;
    this.#clients = this.#clients.filter((other) => other !== client);
    this.#lastLost = this.world.now;
    for (const hook of hooks) hook.disconnected?.(this.host, client.connection, { code });
  }

  /** Handles a frame of a client, as the shell does. */
  async handle({ connection }: Client, frame: string): Promise<void> {
    let envelope: Envelope | undefined;
    try {
      envelope = open(frame);
      const attempt = { id: this.world.uuid(), again: false };
      await handle(this.host, connection, read(envelope), attempt);
    } catch (error) {
      const refused = envelope && {
        type: typeOf(envelope),
        about: aboutOf(envelope),
        ref: envelope.ref,
      };
      this.host.sockets.deliver(errorEvent(this.host, error, refused ?? {}), [connection]);
    }
  }

  /** What this object still has of calls. */
  remains(): string[] {
    const rows = [...this.rows.keys()].filter((key) => OF_CALLS.test(key));
    return [...rows, ...this.deadlines.keys()].map((name) => `${this.name}: ${name}`);
  }

  #compose(): Host {
    const { world, name } = this;
    const host: Host = {
      user: name,
      settings: world.settings,
      storage: storageOver(this.rows),
      alarms: {
        set: (alarm, at) => void this.deadlines.set(alarm, at),
        clear: (alarm) => void this.deadlines.delete(alarm),
        has: (alarm) => this.deadlines.has(alarm),
      },
      sockets: {
        all: () => this.#clients.map(({ connection }) => connection),
        of: (device) => host.sockets.all().find((connection) => connection.device === device),
        lastLost: () => this.#lastLost,
        devices: () => host.sockets.all(),
        resumes: () => false,
        isAnswered: () => false,
        reopen: () => undefined,
        reaches: (device) => host.sockets.of(device) !== undefined,
        deliver: (event, to) => this.#deliver(event, to),
        offer: (event, device) => (this.#deliver(event, [{ device }]) === 1 ? "taken" : "absent"),
        answer: (event, connection) => {
          const asked = ({ id }: Connection) => id === connection.id;
          this.#deliver(event, host.sockets.all().filter(asked));
        },
      },
      lines: {
        all: () => new Map(host.sockets.all().map(({ line }) => [line, "live"])),
        pass: (event, lines) => {
          const at = (line: string) => host.sockets.all().filter((each) => each.line === line);
          this.#deliver(event, lines.flatMap(at));
          return { absent: lines.filter((line) => at(line).length === 0), kept: false };
        },
        note: () => {},
        notes: () => [],
        breakOff: () => {},
      },
      peers: world.network.of(name),
      // Channels are tried in the runtime itself: their order is their object's.
      places: { send: () => Promise.reject(new PeerUnreachable("no channels in this world")) },
      calls: world.store,
      push: world.push,
      features: hooks,
      rooms: {
        self: `user:${name}`,
        send: () => Promise.reject(new PeerUnreachable("no rooms here")),
      },
      ice: () => Promise.resolve({ iceServers: [], ttl: 60 }),
      count: () => {},
      log: (level, event, fields = {}) => {
        world.history.push(`${name}: log ${event}`);
        world.log.push({ level, event, fields: { user: name, ...fields } });
        if (level === "error") world.faults.push(`${event}: ${JSON.stringify(fields)}`);
      },
      now: () => world.now,
      uuid: () => world.uuid(),
      background: (work) => world.watch(work),
      expire: () => {},
    };
    return host;
  }

  #deliver(event: Outgoing, to: readonly Device[]): number {
    const frame = encode(event);
    const devices = new Set(to.map(({ device }) => device));
    const takers = this.#clients.filter(
      (client) => client.open && devices.has(client.connection.device),
    );
    for (const client of takers) client.receive(frame);
    if (takers.length > 0) this.world.history.push(`${this.name}: ${event.type}`);
    const problem = describesNot(event);
    if (problem !== undefined) this.world.faults.push(`${event.type}: ${problem}`);
    return takers.length;
  }
}

/** Why an event is not as the protocol describes it. Relayed payloads may have keys of their own. */
function describesNot(event: Outgoing): string | undefined {
  const { shape } = server[event.type as keyof typeof server].payload;
  const relayed = "json" in event;
  const schema = relayed ? z.looseObject(shape) : z.strictObject(shape);
  const payload: unknown = relayed ? JSON.parse(event.json) : event.payload;
  return schema.safeParse(payload).error?.message;
}

/** Storage that keeps copies, as a disk does. */
function storageOver(rows: Map<string, unknown>): Storage {
  return {
    get: <T>(key: string) => structuredClone(rows.get(key)) as T | undefined,
    put: (key, value) => void rows.set(key, structuredClone(value)),
    delete: (key) => void rows.delete(key),
    list: <T>(prefix: string) =>
      [...rows]
        .filter(([key]) => key.startsWith(prefix))
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [key, structuredClone(value) as T] as const),
  };
}
