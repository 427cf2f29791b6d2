/** A room as its page sees it: who is in it, who asks to come in, and a connection to each member. */
import { Observed } from "../observed.ts";
import { PeerLink, type MediaState, type Signal } from "./peer-link.ts";
import { IceServers } from "./ice-servers.ts";
import { openDevices } from "./room-devices.ts";
import { nameIn, OUTSIDE, type RoomState, spellOut } from "./room-state.ts";
import { RoomSocket, type Message } from "./room-socket.ts";

export interface RoomSetup {
  readonly server: string;
  readonly token: string;
  /** The token is bound to a device, and so is of no use for rooms beside calls. */
  readonly bound: boolean;
  readonly device: string;
  readonly name: string;
}

type Payload = Message["payload"];

const REMEMBERED = "edgering.room";
const SPEAKING_MS = 250;

interface Member {
  readonly name: string;
  /** Another page of the same member has another run: its old connection is dead. */
  run: string | undefined;
  link: PeerLink;
}

/** The rooms of one signed-in page. */
export class RoomClient {
  readonly view = new Observed<RoomState>({ ...OUTSIDE, link: "connecting" });
  readonly #setup: RoomSetup;
  readonly #socket: RoomSocket;
  readonly #members = new Map<string, Member>();
  /** Names this page to the others: a reload is a new run. */
  readonly #run = Math.random().toString(36).slice(2);
  #ownId = "";
  readonly #ice: IceServers;
  #meter: number | undefined;

  constructor(setup: RoomSetup) {
    this.#setup = setup;
    this.#ice = new IceServers({
      server: setup.server,
      token: setup.token,
      changed: (servers) => {
        for (const { link } of this.#members.values()) link.renew(servers);
      },
    });
    if (setup.bound) this.view.set({ link: "refused" });
    this.#socket = new RoomSocket({
      ...setup,
      link: (link) => this.view.set({ link }),
      opened: () => this.#opened(),
      received: (message) => this.#received(message),
    });
  }

  create = (room: string): Promise<void> => this.#enter("room.create", room);
  knock = (room: string): Promise<void> => this.#enter("room.join", room);

  /** Lets somebody in, or turns them away. */
  answer(id: string, admit: boolean): void {
    const { room } = this.#state;
    this.#socket.send(admit ? "room.accept" : "room.reject", { room, peer_id: id });
    this.view.set({ requests: this.#state.requests.filter((request) => request.id !== id) });
  }

  kick(id: string): void {
    this.#socket.send("room.kick", { room: this.#state.room, peer_id: id });
  }

  lock(locked: boolean): void {
    this.#socket.send("room.lock", { room: this.#state.room, locked });
    this.view.set({ locked });
  }

  leave(): void {
    const { phase, room } = this.#state;
    this.#socket.send(phase === "asking" ? "room.withdraw" : "room.leave", { room });
    this.#outside();
  }

  setMedia(media: MediaState): void {
    for (const track of this.#state.own?.getAudioTracks() ?? []) track.enabled = media.microphone;
    for (const track of this.#state.own?.getVideoTracks() ?? []) track.enabled = media.camera;
    this.view.set({ media });
    for (const { link } of this.#members.values()) link.tell();
  }

  /** Ends everything, as when the user signs out. */
  close(): void {
    if (this.#state.phase !== "outside") this.leave();
    this.#socket.close();
  }

  get #state() {
    return this.view.current();
  }

  async #enter(type: string, room: string): Promise<void> {
    this.view.set({ phase: "preparing", room, notice: undefined });
    try {
      await this.#prepare();
    } catch (error) {
      this.#outside(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#state.phase !== "preparing") return;
    this.view.set({ phase: type === "room.create" ? "creating" : "asking" });
    this.#socket.send(type, { room, peerinfo: { name: this.#setup.name } });
  }

  async #prepare(): Promise<void> {
    const [{ stream: own, notice }] = await Promise.all([openDevices(), this.#ice.ask()]);
    // Left while the browser was asking.
    if (this.#state.phase !== "preparing") for (const track of own.getTracks()) track.stop();
    else {
      const media = { microphone: true, camera: own.getVideoTracks().length > 0 };
      this.view.set({ own, media, notice });
    }
  }

  /** A new socket finds out by asking again whether its place is still there. */
  #opened(): void {
    const { phase, room } = this.#state;
    if (phase === "preparing") return;
    const known = phase === "outside" ? sessionStorage.getItem(REMEMBERED) : room;
    if (known) void this.#reenter(known);
  }

  async #reenter(room: string): Promise<void> {
    if (this.#state.phase === "outside") await this.#enter("room.join", room);
    else this.#socket.send("room.join", { room, peerinfo: { name: this.#setup.name } });
  }

  #received({ type, payload }: Message): void {
    this.#handlers[type]?.(payload);
  }

  readonly #handlers: Readonly<Record<string, (payload: Payload) => void>> = {
    "room.created": ({ room, peer_id: id }) => this.#inside(String(room), String(id), true, false),
    "room.create_rejected": ({ message }) => this.#outside(String(message)),
    "room.join_rejected": ({ message }) => this.#outside(String(message)),
    error: ({ ref_type: type, message }) => {
      const waiting = this.#state.phase === "creating" || this.#state.phase === "asking";
      if (waiting && (type === "room.create" || type === "room.join"))
        this.#outside(`The server says: ${String(message)}. Try again in a moment.`);
    },
    "room.join_requested": (payload) => {
      const id = String(payload["peer_id"]);
      const others = this.#state.requests.filter((request) => request.id !== id);
      this.view.set({ requests: [...others, { id, name: nameIn(payload) }] });
    },
    "room.joined": (payload) => {
      const { room, peer_id: id, owner_id: owner, locked } = payload;
      this.#inside(String(room), String(id), owner === id, locked === true);
      const users = payload["users"] as Record<string, { name?: string; user_id: string }>;
      const infos = payload["peersinfo"] as Record<string, { name?: string }>;
      const present = payload["peers"] as string[];
      for (const known of [...this.#members.keys()])
        if (!present.includes(known)) this.#drop(known);
      for (const peer of present) {
        const name = nameIn({ peer_id: peer, peerinfo: infos[peer], user: users[peer] });
        this.#meet(peer, name, true);
      }
    },
    "room.peer_joined": (payload) => {
      const id = String(payload["peer_id"]);
      this.view.set({ requests: this.#state.requests.filter((request) => request.id !== id) });
      this.#meet(id, nameIn(payload));
    },
    "room.peer_left": ({ peer_id: id, owner_id: owner }) => {
      if (id === this.#ownId) return this.#outside("The owner removed you from the room.");
      this.#drop(String(id));
      this.view.set({ isOwner: owner === this.#ownId });
    },
    "room.signal": ({ peer_id: peer, description, candidate, data }) => {
      const { run } = (data ?? {}) as { run?: string };
      const id = String(peer);
      if (this.#state.phase !== "inside") return;
      const known = this.#members.get(id);
      if (known && known.run !== undefined && known.run !== run) this.#drop(id);
      const member = this.#meet(id, known?.name ?? "Guest");
      member.run = run;
      member.link.receive({ description, candidate } as Signal);
    },
  };

  #inside(room: string, id: string, isOwner: boolean, locked: boolean): void {
    this.#ownId = id;
    sessionStorage.setItem(REMEMBERED, room);
    this.#meter ??= window.setInterval(() => this.#show(), SPEAKING_MS);
    this.view.set({ phase: "inside", room, isOwner, locked });
  }

  #outside(notice?: string): void {
    sessionStorage.removeItem(REMEMBERED);
    this.#ice.stop();
    clearInterval(this.#meter);
    this.#meter = undefined;
    for (const id of [...this.#members.keys()]) this.#drop(id);
    for (const track of this.#state.own?.getTracks() ?? []) track.stop();
    this.view.set({ ...OUTSIDE, notice, link: this.#state.link });
  }

  /** The member of that id; new ones get a connection. Who joins makes the offers. */
  #meet(id: string, name: string, begins = false): Member {
    const known = this.#members.get(id);
    const { own } = this.#state;
    if (known || !own) return known as Member;
    const link = new PeerLink({
      iceServers: this.#ice.current,
      stream: own,
      polite: this.#ownId > id,
      begins,
      state: () => this.#state.media,
      changed: () => this.#show(),
      send: (signal) => {
        const { room } = this.#state;
        this.#socket.send("room.signal", { room, to: id, ...signal, data: { run: this.#run } });
      },
    });
    const member: Member = { name, run: undefined, link };
    this.#members.set(id, member);
    this.#show();
    return member;
  }

  #drop(id: string): void {
    this.#members.get(id)?.link.close();
    this.#members.delete(id);
    this.#show();
  }

  #show(): void {
    const people = Array.from(this.#members, ([id, { name, link }]) => ({
      id,
      name,
      stream: link.stream,
      media: link.media,
      speaking: link.media.microphone && link.speaking,
      connected: link.state === "connected",
    }));
    if (spellOut(people) !== spellOut(this.#state.people)) this.view.set({ people });
  }
}
