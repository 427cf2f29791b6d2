import { describe, expect, it } from "vitest";
import { checkAsyncapi, compareDocuments } from "../../dev/check/docs.ts";
import { asyncapi } from "../../dev/docs/asyncapi.ts";
import { clientFrames, serverFrames } from "../../dev/docs/examples.ts";
import { fill } from "../../dev/docs/markdown.ts";
import { reference } from "../../dev/docs/reference.ts";
import { endReasons } from "../../src/protocol/calls.ts";
import { closeCodes, errorCodes } from "../../src/protocol/errors.ts";
import { client, clientMessage, isFlat, server } from "../../src/protocol/index.ts";
import { open, read } from "../../src/wire/codec.ts";

describe("the examples", () => {
  it.each(Object.values(clientFrames))("$type is a request that the service takes", (frame) => {
    const { type, ref: _, ...flat } = frame;
    const fields = clientMessage(type)?.flat === true ? flat : frame.payload;
    const request = read(open(JSON.stringify(frame)));
    expect(request).toMatchObject({ type, payload: fields });
  });

  it.each(Object.values(serverFrames))("$type is an event as the service sends it", (frame) => {
    const { type, ref: _, ...flat } = frame;
    const fields = isFlat(type) ? flat : frame.payload;
    expect(server[type].payload.strict().parse(fields)).toEqual(fields);
  });
});

describe("the AsyncAPI document", () => {
  it("keeps messages of one name in two directions apart", () => {
    const { channels } = JSON.parse(asyncapi()) as { channels: { socket: { messages: object } } };
    const { messages } = channels.socket;
    expect(Object.keys(messages)).toHaveLength(
      Object.keys(client).length + Object.keys(server).length,
    );
    expect(messages).toHaveProperty(["client/webrtc.ice"]);
    expect(messages).toHaveProperty(["server/webrtc.ice"]);
  });

  it("does not pass the official parser with a reference to nothing", async () => {
    const from = '"#/channels/socket/messages/client~1call.start"';
    const broken = asyncapi().replace(from, '"#/channels/socket/messages/nothing"');
    expect(broken).not.toBe(asyncapi());
    expect(await checkAsyncapi(broken)).not.toEqual([]);
  }, 30_000);
});

describe("the reference page", () => {
  const page = reference();

  it("describes every message of both directions, with an example", () => {
    for (const type of Object.keys(client))
      expect(page).toContain(`### \`${type}\` from the client`);
    for (const type of Object.keys(server))
      expect(page).toContain(`### \`${type}\` from the service`);
    expect(page).toContain(JSON.stringify(serverFrames["call.ring"]));
  });

  it("lists every code and reason", () => {
    const names = [...Object.keys(errorCodes), ...Object.keys(endReasons)];
    for (const name of names) expect(page).toContain(`| \`${name}\` |`);
    for (const { code } of Object.values(closeCodes)) expect(page).toContain(`| ${code} |`);
  });
});

describe("the comparison", () => {
  const generated = new Map([["docs/a.md", "new\n"]]);

  it("names documents that are old or missing", () => {
    expect(compareDocuments(generated, () => "old\n")).toHaveLength(1);
    expect(compareDocuments(generated, () => undefined)[0]).toContain("npm run docs");
    expect(compareDocuments(generated, () => "new\n")).toEqual([]);
  });

  it("fills between markers, again and again", () => {
    const page = "a\n<!-- generated: t -->\n<!-- end: t -->\nb\n";
    const once = fill(page, "t", "text");
    expect(once).toBe("a\n<!-- generated: t -->\n\ntext\n\n<!-- end: t -->\nb\n");
    expect(fill(once, "t", "text")).toBe(once);
    expect(() => fill("a", "t", "text")).toThrow("<!-- generated: t -->");
  });
});
