/** The Worker and its object classes. */
import { createApp } from "./http/app.ts";
import { consume } from "./http/queue.ts";

export { Channel } from "./durable/channel.ts";
export { User } from "./durable/user.ts";

const app = createApp();

export default { fetch: app.fetch, queue: consume };
