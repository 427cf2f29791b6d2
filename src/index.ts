/** The Worker and its object classes. */
import { createApp } from "./http/app.ts";
import { consume } from "./http/queue.ts";

export { Minter } from "./durable/minter.ts";
export { TokenOwner } from "./durable/token-owner.ts";
export { Peer } from "./durable/peer.ts";
export { Room } from "./durable/room.ts";
export { Channel } from "./durable/channel.ts";
export { User } from "./durable/user.ts";

const app = createApp();

export default { fetch: app.fetch, queue: consume };
