import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort, portIsFree } from "../../dev/redis/free-port.ts";
import { loadVariables } from "../../dev/variables.ts";
import { type RunningWorker, startWorker } from "../../dev/worker.ts";

/** Answers with its text variables, and logs what the path says. */
const SOURCE = `export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/throw") throw new Error("thrown");
    if (pathname !== "/") console[pathname.slice(1)](search);
    return Response.json(Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === "string")));
  },
};`;
const CONFIG = `name = "probe"
main = "index.js"
compatibility_date = "2026-11-01"
[vars]
ENVIRONMENT = "production"
[build]
command = "exit 1"
`;

/** Values that a detour through a file, a command line or a template would spoil. */
const PEM = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG/+==\n-----END PRIVATE KEY-----\n";
const SHELL = {
  PEM,
  CRLF: PEM.replaceAll("\n", "\r\n"),
  JSON: '{"type":"service_account","private_key":"-----BEGIN\\nEND\\n","a":"b c"}',
  QUOTES: `'"\`mixed'"\``,
  SIGNS: "a#b $HOME ${HOME} $(id) a=b; c\\n d\\\\e %41 *?[]{}~!&|<>",
  SPACES: "  around\t",
  EMPTY: "",
  UNICODE: "é😀\u2028",
  BOTH: "from the shell",
};

let root: string;
let worker: RunningWorker;
let port: number;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "edgering-worker-"));
  mkdirSync(join(root, "state"));
  writeFileSync(join(root, "index.js"), SOURCE);
  writeFileSync(join(root, "wrangler.toml"), CONFIG);
  writeFileSync(
    join(root, ".dev.vars"),
    "BOTH=from the file\nEMPTY=from the file\nFILE=from the file\n",
  );
  writeFileSync(
    join(root, ".dev.vars.example"),
    "ENVIRONMENT=development\nFILE=from the example\n",
  );
  port = await freePort();
  worker = await startWorker({
    config: join(root, "wrangler.toml"),
    host: "127.0.0.1",
    port,
    variables: loadVariables(root, SHELL, Object.keys(SHELL)),
    persist: false,
    verbose: false,
  });
}, 60_000);

afterAll(async () => {
  await worker.stop();
  rmSync(root, { recursive: true });
});

test("LOCAL-3 gets every variable byte for byte, the shell's before the files'", async () => {
  const response = await fetch(worker.url);
  expect(await response.json()).toEqual({
    ...SHELL,
    FILE: "from the file",
    ENVIRONMENT: "development",
  });
});

test.each([
  ["log", "stdout"],
  ["debug", "stdout"],
  ["warn", "stderr"],
  ["error", "stderr"],
] as const)("prints console.%s to %s", async (level, stream) => {
  const write = vi.spyOn(process[stream], "write").mockReturnValue(true);
  try {
    await fetch(new URL(`/${level}?a+line`, worker.url));
    await vi.waitFor(() => expect(write).toHaveBeenCalledWith("?a+line\n"));
  } finally {
    write.mockRestore();
  }
});

test("stops when it is told to, and another can take its place", async () => {
  expect(await portIsFree(port, "127.0.0.1")).toBe(false);
  await worker.stop();
  expect(await portIsFree(port, "127.0.0.1")).toBe(true);
});
