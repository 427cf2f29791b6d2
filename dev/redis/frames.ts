/**
 * How the embedded engine and the Lua sandbox speak over the sandbox's standard streams: a reply is a
 * kind, a length or number, a line feed, then the bytes. Like RESP, but a text may hold line feeds.
 * The other end is `frames.lua`.
 */
import { array, bulk, error, integer, nil, type Reply, status } from "./engine.ts";

/** Writes a reply as a frame, in bytes. */
export function encodeFrame(reply: Reply): Buffer {
  switch (reply.type) {
    case "null":
      return Buffer.from("_\n");
    case "integer":
      return Buffer.from(`:${reply.value}\n`);
    case "array":
      return Buffer.concat([
        Buffer.from(`*${reply.items.length}\n`),
        ...reply.items.map(encodeFrame),
      ]);
    case "bulk":
      return Buffer.concat([Buffer.from(`$${reply.bytes.length}\n`), reply.bytes]);
    case "status":
    case "error": {
      const text = Buffer.from(reply.text, "utf8");
      const kind = reply.type === "status" ? "+" : "-";
      return Buffer.concat([Buffer.from(`${kind}${text.length}\n`), text]);
    }
  }
}

/** Reads the one frame that the bytes hold. @throws {Error} when they hold anything else */
export function decodeFrame(bytes: Buffer): Reply {
  let at = 0;
  const take = (): Reply => {
    const end = bytes.indexOf("\n", at);
    const kind = bytes.toString("latin1", at, at + 1);
    const count = Number(bytes.toString("latin1", at + 1, end));
    at = end + 1;
    if (end < 0 || Number.isNaN(count)) throw new Error("broken frame from the Lua sandbox");
    if (kind === "_") return nil;
    if (kind === ":") return integer(count);
    if (kind === "*") return array(Array.from({ length: count }, take));
    const content = bytes.subarray(at, at + count);
    at += count;
    if (kind === "$") return bulk(content);
    return kind === "+" ? status(content.toString("utf8")) : error(content.toString("utf8"));
  };
  return take();
}
