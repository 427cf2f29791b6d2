/** Being woken by a push, in real browsers against the real development server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "./support/chromium.ts";
import { PushedWorker } from "./support/pushed-worker.ts";
import { Stage } from "./support/stage.ts";

/** Waits for the push of a call, and returns what it carried. */
async function wokenBy(base: string, token: string): Promise<Record<string, string>> {
  for (;;) {
    const pushes = await fetch(`${base}/dev/push`, { headers: { accept: "application/json" } });
    const all = (await pushes.json()) as { to: string; said: { data: Record<string, string> } }[];
    const push = all.find(({ to }) => to === token);
    if (push) return push.said.data;
  }
}

const found = findChromium();

// Of no browser there are no tests; web-client.test.ts says so.
describe.each(found === undefined ? [] : [found])("push in %s", (executablePath) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.set(executablePath);
  }, 90_000);

  afterAll(() => stage?.strike());

  it(
    "E2E-5 an app that a push has woken answers, and media flows",
    { timeout: 60_000 },
    async () => {
      const base = `http://127.0.0.1:${stage.server.port}`;
      const [ada, dan] = await Promise.all([stage.arrive("Ada"), stage.open("Dan")]);
      const route = { os: "android", token: `phone-of-${dan.userId}` };
      await fetch(`${base}/devices/phone?user_id=${dan.userId}`, {
        method: "PUT",
        body: JSON.stringify(route),
      });
      await ada.call(dan.userId, "Video call");
      const { session_id, call_token } = await wokenBy(base, route.token);
      const asked = { headers: { authorization: `Bearer ${call_token}` } };
      const call = `${base}/calls/${session_id}`;
      expect(await (await fetch(call, asked)).json()).toMatchObject({ state: "ringing" });
      expect((await fetch(`${call}/ringing`, { method: "POST", ...asked })).status).toBe(200);
      // Its socket is up now, and rings.
      await dan.giveName();
      await dan.rung();
      await dan.press("Video");
      await Promise.all([ada.talking(), dan.talking()]);
      expect(await Promise.all([ada.receivesMore(), dan.receivesMore()])).toHaveLength(2);
      await dan.press("Hang up");
      await ada.sees("Dan ended the call.");
    },
  );

  it("E2E-4 a push shows the call, and a cancel takes its place", { timeout: 60_000 }, async () => {
    const pia = await stage.arrive("Pia", {
      permissions: ["microphone", "camera", "notifications"],
    });
    const worker = await PushedWorker.of(pia.page);
    const session_id = "3f2b8c1e-5a74-4d0b-9c66-1d2e7f9a0b42";
    const about = { session_id, caller_id: "zed" };
    const expires_at = String(Math.floor(Date.now() / 1_000) + 30);
    const call = { type: "incoming_call", ...about, caller_name: "Zed", expires_at };
    expect(await worker.shows("Zed is calling", call)).toEqual(["Zed is calling"]);
    const cancel = { type: "call_cancelled", ...about, reason: "no_answer" };
    expect(await worker.shows("Missed call from Zed", cancel)).toEqual(["Missed call from Zed"]);
  });
});
