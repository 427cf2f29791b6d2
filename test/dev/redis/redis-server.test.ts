import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findRedisServer, startRedisServer } from "../../../dev/redis/redis-server.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "edgering-redis-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function executable(source: string): string {
  const file = join(directory, "redis-server");
  writeFileSync(file, `#!${process.execPath}\n${source}`, { mode: 0o755 });
  return file;
}

test("finds the executable", () => {
  const file = executable("");
  expect(findRedisServer(`/nowhere:${directory}`)).toBe(file);
});

test("reports a server that ends at once", async () => {
  await expect(startRedisServer(executable("process.exit(1)"))).rejects.toThrow("does not start");
});

test("reports a file that cannot run", async () => {
  const file = join(directory, "redis-server");
  writeFileSync(file, "#!/nowhere/interpreter\n", { mode: 0o755 });
  await expect(startRedisServer(file)).rejects.toThrow("does not start");
});

test("writes nothing to a server that is not its own child", async () => {
  const log = join(directory, "log");
  const file = executable(`
    const port = process.argv[process.argv.indexOf("--port") + 1];
    const info = "process_id:1\\r\\n";
    require("node:net").createServer((socket) => socket.on("data", (data) => {
      for (const [, name] of data.toString().matchAll(/\\*\\d+\\r\\n\\$\\d+\\r\\n(\\w+)/g)) {
        require("node:fs").appendFileSync(${JSON.stringify(log)}, name + "\\n");
        socket.write(name === "INFO" ? "$" + info.length + "\\r\\n" + info + "\\r\\n" : "+OK\\r\\n");
      }
    })).listen(port, "127.0.0.1");`);
  await expect(startRedisServer(file)).rejects.toThrow("does not start");
  const commands = new Set(readFileSync(log, "utf8").trim().split("\n"));
  expect(commands).toContain("INFO");
  expect([...commands].filter((name) => !["INFO", "CLIENT", "HELLO"].includes(name))).toEqual([]);
});
