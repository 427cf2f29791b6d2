/** The real `npm run dev`, on a free port. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

export interface DevServer {
  readonly port: number;
  stop(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

/**
 * Resolves when the service says that it is up. Rejects with all it printed if it stops before, or
 * takes over a minute.
 */
export const startDevServer = async (): Promise<DevServer> => {
  const port = await freePort();
  // In a process group of its own, so that whatever it starts can be stopped with it.
  const child = spawn("npm", ["run", "dev", "--", "--port", String(port)], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("npm could not be started");
  const exited = once(child, "exit");
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-pid, "SIGTERM");
    const impatience = setTimeout(() => process.kill(-pid, "SIGKILL"), 10_000);
    await exited;
    clearTimeout(impatience);
  };

  let printed = "";
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`npm run dev was not up after a minute:\n${printed}`)),
        60_000,
      );
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          printed += text;
          if (!printed.includes("edgering is up: ")) return;
          clearTimeout(late);
          resolve();
        });
      }
      child.once("exit", () => {
        clearTimeout(late);
        reject(new Error(`npm run dev stopped:\n${printed}`));
      });
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
};
