/**
 * A TCP proxy whose connections a test can cut. Emulating an offline network in the browser leaves
 * open WebSockets alone; a reset connection is what a lost network looks like.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttableProxy {
  readonly url: string;
  /** Resets every connection, WebSockets included, and accepts new ones. */
  cut(): void;
  /** Cuts everything and refuses what is new, until it is called with false. */
  block(blocked: boolean): void;
  /** WebSockets for calls opened through it so far. */
  sockets(): number;
  close(): Promise<void>;
}

export const startProxy = async (targetPort: number): Promise<CuttableProxy> => {
  const open = new Set<Socket>();
  let upgrades = 0;
  let isBlocked = false;
  const server = createServer((client) => {
    if (isBlocked) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(targetPort, "127.0.0.1");
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    client.once("data", (head: Buffer) => {
      const [line = ""] = head.toString("latin1").split("\r\n");
      if (line.startsWith("GET /ws?") && !line.includes("-chat")) upgrades += 1;
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    block: (blocked) => {
      isBlocked = blocked;
      if (blocked) cut();
    },
    sockets: () => upgrades,
    close: async () => {
      const closed = once(server.close(), "close");
      cut();
      await closed;
    },
  };
};
