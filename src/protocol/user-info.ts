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
