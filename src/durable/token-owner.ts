/** Whose a push token is: one object per token, by its hash, so that a token has one owner. */
import { DurableObject } from "cloudflare:workers";

const ROW = "owner";

interface Row {
  readonly user: string;
  /** Rises with every change of owner, so that news of changes may arrive in any order. */
  readonly turn: number;
}

export class TokenOwner extends DurableObject<Env> {
  /** Makes a user the owner, and says who was it before. */
  claim(user: string): { before?: string; turn: number } {
    const { kv } = this.ctx.storage;
    const known = kv.get<Row>(ROW);
    if (known?.user === user) return { turn: known.turn };
    const turn = (known?.turn ?? 0) + 1;
    kv.put(ROW, { user, turn } satisfies Row);
    return known ? { before: known.user, turn } : { turn };
  }
}
