/** What users are told about each other. */
import * as z from "zod";

export const userInfo = z.object({
  user_id: z.string(),
  name: z.string().optional(),
  username: z.string().optional(),
  image_profile: z.string().optional().describe("Address of a picture"),
});

/** A user's public profile, from the token of the user that acts. Empty fields are left out. */
export type UserInfo = z.output<typeof userInfo>;

/** Longest user id, in bytes of UTF-8: the platform forgets longer names of objects. */
const MAX_USER_ID_BYTES = 1_024;

const encoder = new TextEncoder();

/** Whether a text can be a user's id: not empty, not a guest's, and not too long. */
export function isUserId(id: string): boolean {
  if (id === "" || id.startsWith("guest:") || id.length > MAX_USER_ID_BYTES) return false;
  return encoder.encode(id).byteLength <= MAX_USER_ID_BYTES;
}
