import { afterEach, describe, expect, it, vi } from "vitest";
import { openDevices } from "../../examples/web-client/src/rooms/room-devices.ts";
import { FakeDevices, type FakeStream } from "./support/fake-media.ts";

/** A browser whose devices fail for these kinds. */
const give = (fails?: FakeDevices["fails"]) => {
  const devices = new FakeDevices();
  devices.fails = fails;
  vi.stubGlobal("navigator", { mediaDevices: devices });
};
const kinds = ({ stream }: { stream: unknown }) =>
  (stream as FakeStream).getTracks().map(({ kind }) => kind);

afterEach(() => vi.unstubAllGlobals());

describe("CLIENT-6 the devices for a room", () => {
  it("are microphone and camera", async () => {
    give();
    const opened = await openDevices();
    expect([kinds(opened), opened.notice]).toEqual([["audio", "video"], undefined]);
  });

  it("are the microphone alone when there is no camera, which is told", async () => {
    give({ kinds: ["video"], name: "NotFoundError" });
    const opened = await openDevices();
    expect(kinds(opened)).toEqual(["audio"]);
    expect(opened.notice).toBe("No camera was found. You can go on with audio only.");
  });

  it("must have a microphone", async () => {
    give({ kinds: ["audio"], name: "NotAllowedError" });
    await expect(openDevices()).rejects.toThrow("The microphone is blocked.");
  });

  it("are not there on pages without https", async () => {
    vi.stubGlobal("navigator", {});
    await expect(openDevices()).rejects.toThrow("only to pages on https or localhost");
  });
});
