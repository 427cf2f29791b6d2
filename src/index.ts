/** The Worker and its object classes. */
import { createApp } from "./http/app.ts";

export { Channel } from "./durable/channel.ts";
export { User } from "./durable/user.ts";

export default createApp();
