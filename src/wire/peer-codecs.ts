/** The codecs of clients that are not native. */
import type { PeerCodec } from "./peer-codec.ts";
import { socketIo } from "./socket-io.ts";

/** Each has an endpoint of its own. */
export const peerCodecs: readonly PeerCodec[] = [socketIo];
