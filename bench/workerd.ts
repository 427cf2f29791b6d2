/** Serves a bundle with the plain `workerd` binary: one process, loopback only. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Bundle } from "./bundle.ts";

// The very binary that wrangler runs.
const { default: workerd } = createRequire(createRequire(import.meta.url).resolve("wrangler"))(
  "workerd",
) as {
  default: string;
};

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 3_000;

/** A running server. */
export interface Served {
  readonly port: number;
  readonly pid: number;
  /** Lines the server has written: warnings and errors of the Worker. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts a server with its objects' storage in `directory`.
 *
 * @param vars text bindings of the Worker
 * @param flags further flags of the binary
 * @throws {Error} with what the server said, when it does not listen in time
 */
export async function serve(
  bundle: Bundle,
  directory: string,
  vars: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Served> {
  await mkdir(storageIn(directory), { recursive: true });
  const config = join(directory, "config.capnp");
  await writeFile(config, spellOut(bundle, directory, vars));
  const args = [
    "serve",
    "--experimental",
    "--socket-addr=http=127.0.0.1:0",
    "--control-fd=3",
    ...flags,
    config,
  ];
  const child = spawn(workerd, args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const complaints: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream as Readable).on(
      "line",
      (line) => void (complaints.length < 100 && complaints.push(line)),
    );
  }
  const exited = once(child, "exit");

  async function stop(): Promise<void> {
    const timer = setTimeout(kill, STOP_TIMEOUT_MS);
    child.kill("SIGTERM");
    await exited;
    clearTimeout(timer);
    process.removeListener("exit", kill);
  }

  const timer = setTimeout(kill, START_TIMEOUT_MS);
  for await (const line of createInterface(child.stdio[3] as Readable)) {
    const { event, port } = JSON.parse(line) as { event: string; port?: number };
    if (event !== "listen" || port === undefined || child.pid === undefined) continue;
    clearTimeout(timer);
    return { port, pid: child.pid, complaints, stop };
  }
  clearTimeout(timer);
  await stop();
  throw new Error(`workerd does not start: ${complaints.join("\n")}`);
}

const storageIn = (directory: string) => join(directory, "objects");

/** The configuration in Cap'n Proto's text form; JSON's strings are its strings. */
function spellOut(
  bundle: Bundle,
  directory: string,
  vars: Readonly<Record<string, string>>,
): string {
  const text = JSON.stringify;
  const modules = bundle.modules.map((name) => {
    const kind = name.endsWith(".js") ? "esModule" : "text";
    return `(name = ${text(name.endsWith(".js") ? name : `./${name}`)}, ${kind} = embed ${text(relative(directory, join(bundle.directory, name)))})`;
  });
  const bindings = [
    ...bundle.objects.map(
      (object) =>
        `(name = ${text(object.binding)}, durableObjectNamespace = ${text(object.className)})`,
    ),
    ...Object.entries(vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
  ];
  const namespaces = bundle.objects.map(
    ({ className }) =>
      `(className = ${text(className)}, uniqueKey = ${text(`bench-${className}`)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "disk", disk = (path = ${text(storageIn(directory))}, writable = true)),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = ${text(bundle.compatibilityDate)},
  compatibilityFlags = [${bundle.compatibilityFlags.map((flag) => text(flag)).join(", ")}],
  bindings = [${bindings.join(", ")}],
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "disk"),
);
`;
}
