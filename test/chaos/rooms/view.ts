/** A device's view of rooms, as its frames make it, and what must not happen in it. */
import { spelled, type Frame } from "../ground/link.ts";

/** Its part in one room. */
export interface Part {
  /** `leaving`: it has said so, and need not be told that it is out. */
  readonly state: "asking" | "member" | "leaving";
  /** Whether the device would notice that it is wrong; else it has to ask to join again, if it has not. */
  readonly sure: boolean;
  readonly asked?: boolean;
  /** Its own id, the owner's, and those of the other members. */
  readonly own: string;
  readonly owner: string;
  readonly peers: ReadonlySet<string>;
  /** Who has asked to join, if this device owns the room. */
  readonly askers: ReadonlySet<string>;
}

type Payload = Readonly<Record<string, unknown>>;
type Step = (view: View, room: string, payload: Payload, asked: Frame | undefined) => string[];

const EXITS = new Set(["room.leave", "room.withdraw"]);
const NOBODY: ReadonlySet<string> = new Set();
const OUTSIDE = { owner: "", own: "", peers: NOBODY, askers: NOBODY };

/** Follows one device. Methods return what is wrong. */
export class View {
  readonly parts = new Map<string, Part>();
  readonly #asked = new Map<string, Frame>();
  readonly #answered = new Map<string, string>();
  readonly #resumes: boolean;

  constructor(resumes: boolean) {
    this.#resumes = resumes;
  }

  /** Requests without an answer. */
  get open(): readonly Frame[] {
    return [...this.#asked.values()];
  }

  /** What became of its connection. */
  noted(what: string): void {
    if (what === "connected" || what === "began") {
      this.#asked.clear();
      this.#doubtAll();
    }
  }

  sent(frame: Frame): void {
    if (frame.ref !== undefined) this.#asked.set(frame.ref, frame);
    const room = roomOf(frame);
    const part = this.parts.get(room);
    if (frame.type === "room.join") {
      const isOut = part === undefined || part.state === "leaving";
      if (isOut)
        this.parts.set(room, {
          ...OUTSIDE,
          state: "asking",
          sure: part === undefined,
          asked: true,
        });
      else this.parts.set(room, { ...part, asked: true });
    } else if (EXITS.has(frame.type) && part) {
      this.parts.set(room, { ...part, state: "leaving" });
    }
  }

  heard(frame: Frame): string[] {
    const { type, ref, payload = {} } = frame;
    const asked = ref === undefined ? undefined : this.#asked.get(ref);
    const said = spelled(frame);
    const before = ref === undefined || asked ? undefined : this.#answered.get(ref);
    // One that resumes asks again what was answered meanwhile, and gets the same answer.
    // After a failure the news itself may come, since what was asked may have happened.
    const isNews = before?.includes("internal_error") === true && type !== "error";
    if (before !== undefined && !isNews) {
      return this.#resumes && said === before ? [] : ["was answered twice"];
    }
    if (ref !== undefined && asked) {
      this.#asked.delete(ref);
      this.#answered.set(ref, said);
      if (!this.#resumes && asked.type === "room.join") this.#forgetBefore(asked);
    }
    const room = typeof payload["room"] === "string" ? payload["room"] : roomOf(asked);
    return steps[type]?.(this, room, payload, asked) ?? [];
  }

  /** A request to join that was made again has no answer of its own. */
  #forgetBefore(asked: Frame): void {
    const isSame = (each: Frame) => each.type === asked.type && roomOf(each) === roomOf(asked);
    for (const [ref, each] of this.#asked) {
      if (isSame(each) && !isLater(each, asked)) this.#asked.delete(ref);
    }
  }

  /** It is out of that room, unless it has asked to join again meanwhile. */
  out(room: string): void {
    const isAsking = this.open.some((each) => each.type === "room.join" && roomOf(each) === room);
    if (isAsking) this.parts.set(room, { ...OUTSIDE, state: "asking", sure: false, asked: true });
    else this.parts.delete(room);
  }

  /** Nobody knows whether it is in that room. */
  doubt(room: string): void {
    const part = this.parts.get(room);
    this.parts.set(room, { ...OUTSIDE, state: "asking", ...part, sure: false, asked: false });
  }

  #doubtAll(): void {
    for (const room of this.parts.keys()) this.doubt(room);
  }
}

/** A step for who is a member, and sure of it; nobody else may be told. */
const inside =
  (step: (part: Part, payload: Payload) => readonly [Part | undefined, string[]]): Step =>
  (view, room, payload) => {
    const part = view.parts.get(room);
    const isMember = part?.state === "member" || part?.state === "leaving";
    if (!part || (part.sure && !isMember)) return ["was told of a room that it is not in"];
    if (!isMember) return [];
    const [next, wrong] = step(part, payload);
    if (next) view.parts.set(room, next);
    else view.out(room);
    return part.sure && part.state === "member" ? wrong : [];
  };

const steps: Readonly<Record<string, Step>> = {
  "room.created": (view, room, payload) => {
    const part = view.parts.get(room);
    const own = idIn(payload);
    view.parts.set(room, { ...OUTSIDE, state: "member", sure: true, own, owner: own });
    const isInside = part?.sure === true && part.state === "member";
    return isInside ? ["made a room that it is in"] : [];
  },
  "room.joined": (view, room, payload) => {
    const part = view.parts.get(room);
    const own = idIn(payload);
    const owner = String(payload["owner_id"]);
    const peers = new Set(payload["peers"] as string[]);
    const askers = owner === own ? (part?.askers ?? NOBODY) : NOBODY;
    view.parts.set(room, { state: "member", sure: true, own, owner, peers, askers });
    if (!part) return ["joined without having asked"];
    if (!part.sure || part.state !== "member") return [];
    const isSame = part.own === own && part.owner === owner && same(part.peers, peers);
    return isSame ? [] : ["had another view of the room"];
  },
  "room.join_rejected": (view, room, _, asked) => {
    const part = view.parts.get(room);
    // It may have asked again since.
    const isOpen = view.open.some(
      (each) => each.type === "room.join" && roomOf(each) === room && isLater(each, asked),
    );
    const isOut = part?.state === "asking" || part?.sure === false;
    if (isOut && !isOpen) view.parts.delete(room);
    return part || asked ? [] : ["was rejected without having asked"];
  },
  "room.join_requested": inside((part, payload) => {
    const askers = new Set([...part.askers, idIn(payload)]);
    return [{ ...part, askers }, part.owner === part.own ? [] : ["was asked, and owns nothing"]];
  }),
  "room.peer_joined": inside((part, payload) => {
    const id = idIn(payload);
    const isKnown = id === part.own || part.peers.has(id);
    const askers = without(part.askers, id);
    const peers = new Set([...part.peers, id]);
    return [{ ...part, peers, askers }, isKnown ? [`was told twice that ${id} came`] : []];
  }),
  "room.peer_left": inside((part, payload) => {
    const id = idIn(payload);
    if (id === part.own) return [undefined, []];
    const owner = String(payload["owner_id"]);
    const peers = without(part.peers, id);
    const isOwner = owner === part.own || peers.has(owner);
    return [
      { ...part, peers, owner },
      [
        ...(part.peers.has(id) ? [] : [`was told that ${id} left, and was not there`]),
        ...(isOwner ? [] : [`was told of an owner who is not there, ${owner}`]),
      ],
    ];
  }),
  ack: (view, room, _, asked) => {
    const isOut = EXITS.has(asked?.type ?? "");
    const part = view.parts.get(room);
    if (isOut && part?.state !== "member") view.parts.delete(room);
    return [];
  },
  error: (view, room, { code }, asked) => {
    if (asked === undefined || asked.type === "room.signal") return [];
    if (code === "internal_error") view.doubt(room);
    return [];
  },
};

function roomOf(frame: Frame | undefined): string {
  const room = frame?.payload?.["room"];
  return typeof room === "string" ? room : "";
}

const numberOf = ({ ref = "" }: Frame) => Number(ref.slice(ref.lastIndexOf("-") + 1));
const isLater = (a: Frame, b: Frame | undefined) => !b || numberOf(a) > numberOf(b);
const idIn = (payload: Payload) => String(payload["peer_id"]);
const same = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
  a.size === b.size && [...a].every((id) => b.has(id));
const without = (ids: ReadonlySet<string>, gone: string) =>
  new Set([...ids].filter((id) => id !== gone));
