/** Push providers of a world, in memory: they take every push, unless a test says otherwise. */
import type { PushNote, PushPort, PushResult, PushTarget } from "../../../src/core/push.ts";
import type { PushOs } from "../../../src/protocol/push.ts";

/** A push that a provider got. */
export interface Pushed {
  /** The token, or the address of a subscription. */
  readonly to: string;
  readonly note: PushNote;
  readonly at: number;
  /** What came of it. */
  readonly outcome: PushResult["outcome"];
}

/** All providers, and the record of tokens' owners. */
export class Providers implements PushPort {
  callerTokens = true;
  /** Everything that arrived, in order. */
  readonly pushed: Pushed[] = [];
  /** What comes of a push. */
  outcome: (to: string, note: PushNote) => PushResult = () => ({ outcome: "taken" });
  /** Says when a push arrives, and when its answer does; at once by default. */
  pace: (to: string, leg: "there" | "back") => void | Promise<void> = () => {};
  /** What happens to claims; a throw is a record out of reach. */
  claiming: (hash: string, user: string) => void | Promise<void> = () => {};
  readonly #off = new Set<PushOs>();
  readonly #owners = new Map<string, { user: string; turn: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a provider away. */
  turnOff(os: PushOs): void {
    this.#off.add(os);
  }

  /** What each token got, as words. */
  heard(to?: string): string[] {
    return this.pushed
      .filter((push) => to === undefined || push.to === to)
      .map(({ to: token, note }) =>
        note.kind === "cancel" ? `${token} cancel ${note.reason}` : `${token} ${note.kind}`,
      );
  }

  offers(os: PushOs): boolean {
    return !this.#off.has(os);
  }

  async send(target: PushTarget, note: PushNote): Promise<PushResult> {
    const to = addressOf(target);
    await this.pace(to, "there");
    const result = this.outcome(to, note);
    const { outcome } = result;
    this.pushed.push({ to, note: structuredClone(note), at: this.#now(), outcome });
    await this.pace(to, "back");
    return result;
  }

  hash(target: PushTarget): Promise<string> {
    return Promise.resolve(`hash-${addressOf(target)}`);
  }

  async claim(hash: string, user: string): Promise<{ before?: string; turn: number }> {
    const known = this.#owners.get(hash);
    if (known?.user !== user) this.#owners.set(hash, { user, turn: (known?.turn ?? 0) + 1 });
    const turn = this.#owners.get(hash)?.turn ?? 0;
    await this.claiming(hash, user);
    return known && known.user !== user ? { before: known.user, turn } : { turn };
  }
}

function addressOf(target: PushTarget): string {
  return target.os === "web" ? target.subscription.endpoint : target.token;
}
