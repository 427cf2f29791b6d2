/** Using a provider token: remembered in this isolate, had from the service's one minter, renewed once. */
import type { PushResult } from "../core/push.ts";
import type { Minted, NotMinted } from "./mint.ts";

/** What came of a request with a token. */
interface Used {
  readonly result: PushResult;
  /** The provider refused the token, not the push. */
  readonly isStale: boolean;
}

/** Makes a request with a token, and once more with a fresh one if the provider refuses the first. */
export type Mint = (use: (token: string) => Promise<Used>) => Promise<PushResult>;

/** Asks the minter. `stale`: a token that was refused. */
export type AskMinter = (stale?: string) => Promise<Minted | NotMinted>;

/** Tokens by what they are good for. Plain values, so objects of one isolate may share them. */
const remembered = new Map<string, Minted>();

/** Opens the way to tokens. `purpose` names the provider and its key. */
export function mintWith(purpose: string, ask: AskMinter): Mint {
  const token = async (stale?: string) => {
    const known = remembered.get(purpose);
    if (known && stale === undefined && Date.now() < known.until) return known;
    const minted = await ask(stale);
    if ("token" in minted) remembered.set(purpose, minted);
    return minted;
  };
  return async (use) => {
    const first = await token();
    if (!("token" in first)) return failed(first);
    const used = await use(first.token);
    if (!used.isStale) return used.result;
    const second = await token(first.token);
    // The minter may have nothing newer, for providers that limit how often it may.
    if (!("token" in second) || second.token === first.token) return used.result;
    return (await use(second.token)).result;
  };
}

function failed({ refused, passing }: NotMinted): PushResult {
  return { outcome: passing ? "later" : "refused", detail: refused };
}
