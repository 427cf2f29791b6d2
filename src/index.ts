/** The Worker and its object classes. */
import { createApp } from "./http/app.ts";

export { Minter } from "./durable/minter.ts";
export { TokenOwner } from "./durable/token-owner.ts";
export { Peer } from "./durable/peer.ts";
export { Room } from "./durable/room.ts";
export { User } from "./durable/user.ts";

export default createApp();
