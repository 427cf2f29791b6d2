/** A real TURN server (coturn's `turnserver`) on this machine, with a shared secret. */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface TurnServer {
  /** Its address, as it stands in `TURN_URLS`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The `turnserver` on the PATH. */
export function findTurnServer(): string | undefined {
  const paths = (process.env["PATH"] ?? "").split(delimiter);
  return paths
    .map((folder) => join(folder, "turnserver"))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export const MISSING_TURN_SERVER =
  "No turnserver found: install coturn (Debian: apt-get install coturn). The relay test is left out.";

/** Starts it, and resolves when it listens. */
export async function startTurnServer(executable: string, secret: string): Promise<TurnServer> {
  const address = ownAddress();
  const port = await freeUdpPort(address);
  const directory = mkdtempSync(join(tmpdir(), "turn-"));
  const args = [
    "-n",
    `--listening-ip=${address}`,
    `--relay-ip=${address}`,
    `--listening-port=${port}`,
    "--use-auth-secret",
    `--static-auth-secret=${secret}`,
    "--realm=edgering.test",
    "--no-tls",
    "--no-dtls",
    "--no-cli",
    "--log-file=stdout",
    `--pidfile=${join(directory, "pid")}`,
    `--userdb=${join(directory, "db")}`,
    "--verbose",
  ];
  const child = spawn(executable, args, { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const hear = (text: string) => {
      said += text;
      if (said.includes(`listener opened on : ${address}:${port}`)) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", hear);
    child.once("exit", () => reject(new Error(`turnserver does not start:\n${said}`)));
  });
  return {
    url: `turn:${address}:${port}?transport=udp`,
    stop: async () => {
      child.kill();
      await exited;
      rmSync(directory, { recursive: true });
    },
  };
}

/** Browsers do not relay by way of the loopback address when they have another. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

async function freeUdpPort(address: string): Promise<number> {
  const socket = createSocket("udp4").bind(0, address);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
