/** A room's object: the one place where its requests are judged, in the order in which they come. */
import { DurableObject } from "cloudflare:workers";
import { parseConfig, type Config } from "../config.ts";
import { act, lapse, relay } from "../core/room.ts";
import type { Circumstances, Outcome, RoomRequest } from "../core/room-state.ts";
import type { PeerMessage, PeerMessages, RoomAddress, RoomReply } from "../features/peer.ts";
import { createLog } from "../log.ts";
import type { Log, Storage } from "../core/ports.ts";
import { objectAt, roomName } from "./addresses.ts";
import { NamedAlarms } from "./alarms.ts";
import { keptIn } from "./kept.ts";
import { Outbox, OUTBOX_ALARM } from "./outbox.ts";
import { PeerObjects, type Answers, type Delivery } from "./peers.ts";
import { RoomRecords } from "./room-records.ts";

const KNOCKS = "knocks";

export class Room extends DurableObject<Env> {
  readonly #config: Config;
  readonly #log: Log;
  readonly #storage: Storage;
  readonly #alarms: NamedAlarms;
  readonly #records: RoomRecords;
  #outbox: Outbox | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#config = parseConfig(env as unknown as Record<string, unknown>);
    this.#storage = keptIn(ctx.storage.kv);
    this.#alarms = new NamedAlarms(this.#storage, ctx.storage, () => Date.now());
    this.#records = new RoomRecords(this.#storage);
    const address = this.#records.address();
    this.#log = createLog(this.#config.LOG_LEVEL, { ...address });
    // What a reset has interrupted goes on at once.
    if (address) this.#outboxOf(address);
  }

  /** Takes a delivery of a peer's object. Requests are settled in order; signals answer when they arrive. */
  receive({ messages }: Delivery): Promise<Answers> {
    return Promise.all(
      messages.map(async (message) => {
        try {
          return { reply: await this.#take(message) };
        } catch (error) {
          this.#log("error", "defect", { kind: message.kind, error: String(error) });
          return { failed: true as const };
        }
      }),
    );
  }

  override async alarm(): Promise<void> {
    await this.#alarms.run((name) => this.#ring(name), this.#log);
  }

  #take({ kind, message }: PeerMessage): unknown {
    if (kind === "room.request") return this.#request(message);
    if (kind === "room.relay") return this.#relay(message);
    throw new Error("a message that is not for rooms");
  }

  #request({ app, room, id, request }: PeerMessages["room.request"]["message"]): RoomReply {
    const known = this.#records.replyTo(id);
    if (known !== undefined) return known;
    this.#lapse({ app, room });
    const outcome = act(this.#records.state(), request, this.#around(room));
    const reply = outcome.refusal ?? (isAnswered(request, outcome) ? "answered" : "done");
    this.#records.remember(id, reply);
    this.#apply({ app, room }, outcome);
    this.#log("debug", "room.request", { kind: request.kind, refusal: outcome.refusal });
    return reply;
  }

  async #relay({ app, room, signal, ...known }: PeerMessages["room.relay"]["message"]) {
    const notice = relay(this.#records.state(), signal);
    if (typeof notice === "string") return notice;
    const { to, event } = notice;
    try {
      const message = { app, room, peer: to.id, event, ...known };
      const reply = await this.#outboxOf({ app, room }).pass(to.at, message);
      return reply === "gone" ? "peer_not_found" : reply;
    } catch {
      return "failed";
    }
  }

  #apply(address: RoomAddress, { state, notices }: Outcome): void {
    this.#records.save(address, state);
    this.#outboxOf(address).post(address, notices);
    const next = Math.min(...(state?.knocks ?? []).map(({ until }) => until));
    if (next === Infinity) this.#alarms.clear(KNOCKS);
    else this.#alarms.set(KNOCKS, next);
    if (state === undefined && notices.length === 0) this.#vanish();
  }

  /** A peer that its own object does not know any more has left. */
  #lose(address: RoomAddress, peer: string): void {
    const state = this.#records.state();
    if (!state?.members.some(({ id }) => id === peer)) return;
    const request = { kind: "leave", by: peer, reason: "disconnected" } as const;
    this.#apply(address, act(state, request, this.#around(address.room)));
  }

  #around(room: string): Circumstances {
    const { ROOM_MAX_MEMBERS: maxMembers, ROOM_JOIN_TIMEOUT_SECONDS: seconds } = this.#config;
    return { room, now: Date.now(), maxMembers, knockMs: seconds * 1_000 };
  }

  /** Requests whose time is up are over, however late the alarm. */
  #lapse(address: RoomAddress): void {
    const state = this.#records.state();
    const now = Date.now();
    if (state?.knocks.some(({ until }) => until <= now)) this.#apply(address, lapse(state, now));
  }

  #ring(name: string): void {
    const address = this.#records.address();
    if (!address) return;
    if (name === KNOCKS) this.#lapse(address);
    if (name === OUTBOX_ALARM) this.#outboxOf(address).retry();
    this.#vanish();
  }

  /** An empty room leaves nothing behind, once everybody has been told. */
  #vanish(): void {
    if (this.#records.state() !== undefined || this.#outbox?.isEmpty() === false) return;
    this.#records.forget();
  }

  #outboxOf(address: RoomAddress): Outbox {
    return (this.#outbox ??= new Outbox(
      this.#storage,
      this.#alarms,
      new PeerObjects(`room:${roomName(address)}`, (at) => objectAt(this.env, at), true),
      {
        now: () => Date.now(),
        emptied: () => this.#vanish(),
        gone: (peer) => this.#lose(address, peer),
      },
    ));
  }
}

/** Whether an event answers the request itself; a reference may also be that of somebody who asked before. */
function isAnswered(request: RoomRequest, { notices }: Outcome): boolean {
  const by = "peer" in request ? request.peer.id : request.by;
  const ref = "ref" in request ? request.ref : undefined;
  return ref !== undefined && notices.some(({ to, event }) => to.id === by && event.ref === ref);
}
