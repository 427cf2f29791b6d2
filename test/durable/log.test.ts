import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ring } from "../support/calls.ts";
import { connect, connectAs, someone, upgrade } from "../support/client.ts";
import { paid, runAlarm } from "../support/objects.ts";
import { breakRedis, mendRedis } from "../support/redis-control.ts";
import { signToken } from "../support/tokens.ts";
import { withVariables } from "../support/variables.ts";

const levels = ["debug", "info", "warn", "error"] as const;
/** The token of the Redis behind the Worker under test (redis-service.ts). */
const REDIS_TOKEN = "test-token";

interface Line {
  readonly method: string;
  readonly text: string;
}

let lines: Line[] = [];

beforeEach(() => {
  vi.setConfig({ testTimeout: 30_000 });
  lines = [];
  for (const method of [...levels, "log"] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      lines.push({ method, text: words.map(String).join(" ") });
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A call with everything that the log may speak of; returns the tokens that took part. */
async function busyCall(): Promise<string[]> {
  const [from, to] = [someone("caller"), someone("callee")];
  const tokens = [await signToken({ sub: from }), await signToken({ sub: to })];
  const caller = await connectAs(from, { sub: from });
  const callee = await connect(to, `resume=1&device=phone&token=${tokens[1]}`);
  caller.raw("nonsense");
  await caller.next("error");
  const session_id = await ring(caller, callee);
  await breakRedis("refuse", from);
  callee.send("call.accept", { session_id });
  await callee.next("error");
  await mendRedis(from);
  callee.send("call.accept", { session_id });
  await caller.next("call.accepted");
  await callee.lose();
  const resume = String(callee.welcome["resume_token"]);
  const back = await connect(to, `resume=1&device=phone&resume_token=${resume}&seq=1`);
  await back.settled();
  caller.send("call.end", { session_id });
  await back.next("call.ended");
  await upgrade(`token=${tokens[0]}x`);
  await upgrade(`token=${tokens[0]}&device=`, { authorization: `Bearer ${tokens[1]}` });
  await runAlarm(from);
  await Promise.all([paid(from), paid(to)]);
  return [...tokens, resume, String(back.welcome["resume_token"])];
}

describe("the log", () => {
  it("OPS-1 is one JSON line per event, with its level, and never a token", async () => {
    withVariables({ LOG_LEVEL: "debug" });
    const tokens = await busyCall();
    const parsed = lines.map(({ method, text }) => {
      expect(text).not.toContain("\n");
      const line = JSON.parse(text) as Record<string, unknown>;
      expect(line).toMatchObject({
        level: method,
        event: expect.stringMatching(/^[a-z]+(\.[a-z_]+)*$/) as string,
      });
      return String(line["event"]);
    });
    expect(parsed).toEqual(
      expect.arrayContaining([
        "socket.open",
        "call.start",
        "request.failed",
        "call.accepted",
        "socket.closed",
        "call.over",
      ]),
    );
    const all = lines.map(({ text }) => text).join("\n");
    for (const token of [...tokens, REDIS_TOKEN]) {
      expect(token.length).toBeGreaterThan(9);
      // The parts by themselves are as bad: a signature, a secret.
      for (const part of token.split(".").slice(-1)) expect(all).not.toContain(part);
    }
    expect(all).not.toMatch(/eyJ[\w-]{10}/);
  });

  it.each(levels)("OPS-1 holds only what is at least of LOG_LEVEL %s", async (least) => {
    withVariables({ LOG_LEVEL: least });
    await busyCall();
    const written = new Set(lines.map(({ method }) => method));
    const possible = ["debug", "info", "warn"];
    expect([...written].toSorted()).toEqual(possible.slice(levels.indexOf(least)).toSorted());
  });

  it("OPS-1 says nothing below a warning where LOG_LEVEL is not that low", async () => {
    await busyCall();
    expect(new Set(lines.map(({ method }) => method))).toEqual(new Set(["warn"]));
  });
});
