/**
 * The other floor of a broadcast: what one would write without the platform. Node with `ws`, every frame
 * by way of Redis publish and subscribe, as servers that share their sockets do. It checks nothing and
 * remembers nothing. Run as a process of its own: `node bench/pubsub-floor.ts <port of Redis>`; it prints
 * the port it listens on.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "redis";
import { WebSocketServer } from "ws";

const CHANNEL = "floor";

const port = Number(process.argv[2]);
const publisher = createClient({ socket: { host: "127.0.0.1", port } });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
await subscriber.subscribe(CHANNEL, (frame) => {
  for (const socket of sockets.clients) socket.send(frame);
});

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const frames = JSON.parse(Buffer.concat(parts).toString()) as string[];
    void Promise.all(frames.map((frame) => publisher.publish(CHANNEL, frame))).then(() =>
      response.end("ok"),
    );
  });
});
server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, () => {});
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
console.log((server.address() as AddressInfo).port);
