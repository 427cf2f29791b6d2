import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";

const SCRIPT = new URL("../../dev/dev.ts", import.meta.url).pathname;
const STARTS_WITHIN_MS = 60_000;

const FIRST_RUN = "Made .dev.vars from .dev.vars.example\n";

const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

function dev(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: {
      ...process.env,
      UPSTASH_REDIS_REST_URL: "",
      UPSTASH_REDIS_REST_TOKEN: "",
      REDIS_URL: "",
      ...env,
    },
  });
  started.push(child);
  let errors = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (errors += text.replace(FIRST_RUN, "")));
  const ended = once(child, "close").then(([code]: (number | null)[]) => ({ code, errors }));
  return { child, lines: createInterface(child.stdout), ended };
}

/** The processes below one process. */
function descendants(pid: number): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const rows = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    rows.flatMap(([child = 0, of]) => (of === parent ? [child, ...below(child)] : []));
  return below(pid);
}

/** Whether a process is there and runs; one that has ended but was not yet collected does not run. */
function runs(pid: number): boolean {
  try {
    return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith(
      "Z",
    );
  } catch {
    return false;
  }
}

test(
  "LOCAL-5 serves the page, says where, and leaves no process behind",
  { timeout: STARTS_WITHIN_MS },
  async () => {
    const { child, lines, ended } = dev(["--port", "0"], {
      EDGERING_REDIS: "embedded",
      JWT_SECRET: "a\nb",
    });
    const first = once(lines, "line").then(([line]: string[]) => line ?? "");
    const line = await Promise.race([first, ended.then(({ errors }) => errors)]);
    expect(line).toMatch(/^edgering is up: http:\/\/localhost:\d+ \(Redis: embedded\)$/);
    const url = /http:\S+/.exec(line)?.[0] ?? "";
    const health = await fetch(`${url}/health`);
    expect([health.status, (await health.text()).trim()]).toEqual([200, "OK"]);
    expect(await (await fetch(url)).text()).toContain("<!doctype html>");

    const processes = descendants(child.pid ?? 0);
    expect(processes.length).toBeGreaterThan(0);
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 0, errors: "" });
    expect(processes.filter(runs)).toEqual([]);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  },
);

test("names a port that is taken", { timeout: STARTS_WITHIN_MS }, async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const { code, errors } = await dev(["--port", String(port), "--host", "127.0.0.1"]).ended;
  server.close();
  expect(code).toBe(1);
  expect(errors).toContain(
    `port ${port} is taken: stop what listens there, or give another with --port`,
  );
});

test(
  "names a setting that it cannot follow, and stops all",
  { timeout: STARTS_WITHIN_MS },
  async () => {
    const { code, errors } = await dev(["--port", "0"], { RING_TIMEOUT_SECONDS: "soon" }).ended;
    expect(code).toBe(1);
    expect(errors).toContain("RING_TIMEOUT_SECONDS is invalid");
  },
);

test("explains itself", { timeout: STARTS_WITHIN_MS }, async () => {
  const { child, ended } = dev(["--help"]);
  const text = (await child.stdout.setEncoding("utf8").toArray()).join("");
  expect(text).toContain("Usage: npm run dev -- [options]");
  expect(await ended).toEqual({ code: 0, errors: "" });
  const refused = await dev(["--nope"]).ended;
  expect(refused.code).toBe(2);
  expect(refused.errors).toContain("Unknown option '--nope'");
});
