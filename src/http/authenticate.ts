/** From a request to a verified identity, or to the response that refuses it. */
import type { Config } from "../config.ts";
import { GUEST, isGuestToken, verifyGuest } from "./guest.ts";
import type { Identity } from "./identity.ts";
import { isUserId } from "../protocol/user-info.ts";
import { refuseAtDoor } from "./refusal.ts";
import {
  InvalidToken,
  isDeviceLabel,
  NoUserClaim,
  tokenOf,
  verifyToken,
  type TokenUser,
} from "./token.ts";

/** Verifies who sends a request: for a socket, or about the user's own devices. */
export async function authenticate(request: Request, config: Config): Promise<Identity | Response> {
  const query = new URL(request.url).searchParams;
  const token = tokenOf(request);
  if (token !== undefined && isGuestToken(token)) return guest(request, token, config);
  const named =
    token === undefined
      ? developmentUser(request, config)
      : await tokenUser(request, token, config);
  if (named instanceof Response) return named;

  const label = query.get("device");
  const mismatch = named.device !== undefined && label !== null && named.device !== label;
  if (mismatch || (label !== null && !isDeviceLabel(label))) {
    return refuseAtDoor(request, "invalid", "the device is not the token's");
  }
  const device = named.device ?? label;
  return {
    user: named.user,
    profile: named.profile,
    oneDevice: named.claim === "hash",
    ...resumption(query),
    ...(query.get("ack") === "1" ? { ack: true } : {}),
    ...(device === null ? {} : { device }),
    ...(named.app === undefined ? {} : { app: named.app }),
    ...(named.grants === undefined ? {} : { grants: named.grants }),
    ...(named.expires === undefined ? {} : { expires: named.expires }),
  };
}

/** A guest: any number of sockets, none of which resumes, and none of which ends with its token. */
async function guest(
  request: Request,
  token: string,
  config: Config,
): Promise<Identity | Response> {
  try {
    const name = await verifyGuest(token, config);
    const user = `${GUEST}:${name}`;
    const profile = { user_id: user, name };
    return { user, profile, guest: true, oneDevice: false, resume: false };
  } catch (error) {
    return refuseAtDoor(request, "invalid", error instanceof Error ? error.message : undefined);
  }
}

async function tokenUser(
  request: Request,
  token: string,
  config: Config,
): Promise<TokenUser | Response> {
  if (!config.JWT_SECRET && !config.JWT_JWKS_URL) return refuseAtDoor(request, "noTokens");
  try {
    const named = await verifyToken(token, config);
    const id = new URL(request.url).searchParams.get("id");
    if (id !== null && id !== named.user) {
      return refuseAtDoor(request, "invalid", "the id is not the token's user");
    }
    return named;
  } catch (error) {
    if (error instanceof NoUserClaim) return refuseAtDoor(request, "invalid");
    if (error instanceof InvalidToken) return refuseAtDoor(request, "invalid", error.message);
    throw error;
  }
}

/** What the address says about resuming: whether the client opted in, and from where it goes on. */
function resumption(query: URLSearchParams): Pick<Identity, "resume" | "resumeToken" | "seq"> {
  const resume = query.get("resume") === "1";
  const resumeToken = query.get("resume_token");
  const seq = query.get("seq");
  if (!resume || !resumeToken || seq === null || !/^\d{1,15}$/.test(seq)) return { resume };
  return { resume, resumeToken, seq: Number(seq) };
}

/** In development the address may name the user. */
function developmentUser(request: Request, config: Config): TokenUser | Response {
  const query = new URL(request.url).searchParams;
  const userId = query.get("user_id");
  const user = userId ?? query.get("id");
  if (config.ENVIRONMENT !== "development" || user === null) {
    return refuseAtDoor(request, "missing");
  }
  if (user === "") return refuseAtDoor(request, userId === null ? "missing" : "noUserId");
  if (!isUserId(user)) {
    return refuseAtDoor(request, "invalid", "the id names a guest, or it is too long");
  }
  return { user, claim: "user_id", profile: { user_id: user } };
}
