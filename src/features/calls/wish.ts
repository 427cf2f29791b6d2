/** What a start asks for besides the ring. */
import type { ClientPayload } from "../../protocol/index.ts";
import type { Wish } from "../peer.ts";

type Start = ClientPayload<"call.start">;

/** The wishes of a start. Another `callee_os` than the two names no route. */
export function wishOf({ callee_device_token: token, callee_os: os, progress }: Start): Wish {
  const known = token && (os === "android" || os === "ios");
  return {
    ...(known ? { wake: { os, token } } : {}),
    ...(progress === true ? { progress } : {}),
  };
}

/** What the question whether the callee is there says of the route that the caller knows. */
export function probeOf(payload: Start): Pick<Wish, "wake"> {
  const { wake } = wishOf(payload);
  return wake ? { wake } : {};
}
