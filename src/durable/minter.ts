/**
 * Mints a provider's tokens for the whole service. Apple refuses teams that make new tokens too often,
 * and an access token of Google is good for an hour, so there is one object per provider, by its name.
 */
import { DurableObject } from "cloudflare:workers";
import { sha256 } from "../adapters/hex.ts";
import { APNS_LEAST_MS, mintApns, mintFcm, type Minted, type NotMinted } from "../adapters/mint.ts";
import { readProviders, type ApnsSettings, type FcmSettings } from "../adapters/push-settings.ts";
import { parseConfig } from "../config.ts";

const ROW = "minted";
/** A refused access token is not traded for another one more often than this, in milliseconds. */
const FCM_LEAST_MS = 30_000;

interface Row extends Minted {
  /** Names the key it was made with; another key means another token. */
  readonly of: string;
}

interface Recipe {
  readonly of: string;
  /** A younger token is not replaced, even if a provider has refused it. */
  readonly leastMs: number;
  make(now: number): Promise<Minted | NotMinted>;
}

export class Minter extends DurableObject<Env> {
  /** The token that is being made; all who ask meanwhile get it. */
  #making: Promise<Minted | NotMinted> | undefined;

  /** The provider's current token. `stale`: one that the provider has refused. */
  async mint(stale?: string): Promise<Minted | NotMinted> {
    const recipe = await this.#recipe();
    if ("refused" in recipe) return recipe;
    const now = Date.now();
    const known = this.ctx.storage.kv.get<Row>(ROW);
    if (known?.of === recipe.of && now < known.until) {
      const isRefused = known.token === stale && now - known.made >= recipe.leastMs;
      if (!isRefused) return known;
    }
    this.#making ??= this.#make(recipe, now).finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #make(recipe: Recipe, now: number): Promise<Minted | NotMinted> {
    try {
      const minted = await recipe.make(now);
      if ("token" in minted) this.ctx.storage.kv.put(ROW, { ...minted, of: recipe.of });
      return minted;
    } catch (error) {
      return { refused: String(error), passing: true };
    }
  }

  async #recipe(): Promise<Recipe | NotMinted> {
    const { fcm, apns } = readProviders(
      parseConfig(this.env as unknown as Record<string, unknown>),
    );
    const provider = this.ctx.id.name === "apns" ? apns : fcm;
    if (provider.state !== "configured") {
      return { refused: "the provider is not configured", passing: false };
    }
    const { settings } = provider;
    const of = await fingerprint(settings);
    return "team" in settings
      ? { of, leastMs: APNS_LEAST_MS, make: (now) => mintApns(settings, now) }
      : { of, leastMs: FCM_LEAST_MS, make: (now) => mintFcm(settings, now) };
  }
}

function fingerprint(settings: FcmSettings | ApnsSettings): Promise<string> {
  const parts =
    "team" in settings
      ? [settings.team, settings.keyId, settings.key]
      : [settings.email, settings.tokenUri, settings.key];
  return sha256(parts.join("\n"));
}
