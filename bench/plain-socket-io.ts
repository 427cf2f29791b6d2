/**
 * A plain socket.io server for comparison, in a process of its own: rooms by the library's own means,
 * and relaying to a socket id. It checks nothing and keeps nothing. Prints its port.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], pingInterval: 300_000 });

io.on("connection", (socket) => {
  socket.on("join", async (room: string) => {
    await socket.join(room);
    socket.to(room).emit("joined", socket.id);
    socket.emit("inside", room);
  });
  socket.on("relay", ({ to, ...rest }: { to: string }) => {
    io.to(to).emit("relay", { from: socket.id, ...rest });
  });
});

http.listen(0, "127.0.0.1", () => {
  console.log(String((http.address() as AddressInfo).port));
});
