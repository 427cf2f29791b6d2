import type { Session } from "./session.ts";

/** The WebSocket address of a session. `device`: a label of its own, so that it replaces no other socket. */
export const socketAddress = ({ server, token }: Session, device?: string): string => {
  const url = new URL(`${server.replace(/^http/, "ws")}/ws`);
  url.searchParams.set("token", token.trim());
  if (device !== undefined) url.searchParams.set("device", device);
  return url.toString();
};
