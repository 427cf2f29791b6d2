/** Which errors requests of channels and of the chat may get, when. */
import { refusal, type Refusal } from "./refusal.ts";

const name = refusal(
  "invalid_message",
  "Invalid channel",
  "over 256 characters, or control characters",
);
const denied = refusal("unauthorized", "Not authorized", "the token does not grant that there");
const tooMany = refusal(
  "limit_exceeded",
  "Too many channels",
  "beyond `MAX_CHANNELS_PER_SOCKET` channels on this connection",
);
const fault = (message: string) => refusal("internal_error", message, "a fault");
const presence = [name, denied, tooMany, fault("Failed to update presence")];

/** Errors by request, in the order in which they are tested for. */
export const channelRefusals = {
  subscribe: [name, denied, tooMany, fault("Failed to subscribe")],
  unsubscribe: [name, fault("Failed to subscribe")],
  broadcast: [name, denied, fault("Failed to publish")],
  presence_join: presence,
  presence_update: presence,
  presence_leave: [name, fault("Failed to update presence")],
  send_message: [
    refusal("message_too_large", "Message too large", "the text is over 16 KiB"),
    fault("Failed to send message"),
  ],
  change_room: [refusal("invalid_message", "Invalid room name", "no room can have that name")],
} as const satisfies Record<string, readonly Refusal[]>;
