/** Frames as clients send them, with what must come of each. */

/** Text, or the bytes of a binary frame. */
export type Frame = string | ArrayBuffer;

/** The bytes of a text, or bytes as given. */
export function binary(content: string | readonly number[]): ArrayBuffer {
  const bytes =
    typeof content === "string" ? new TextEncoder().encode(content) : Uint8Array.from(content);
  return bytes.buffer;
}

/** Frames that are not one JSON object. */
export const notAnObject: [about: string, frame: Frame][] = [
  ["nothing", ""],
  ["blanks", " \t\r\n "],
  ["words", "hello"],
  ["a string", '"call.end"'],
  ["a number", "42"],
  ["true", "true"],
  ["an array", '[{"type":"call.end","payload":{}}]'],
  ["an empty array", "[]"],
  ["two objects", '{"type":"call.end"}{"type":"call.end"}'],
  ["two objects on two lines", '{"type":"call.end"}\n{"type":"call.end"}'],
  ["trailing text", '{"type":"call.end","payload":{}} x'],
  ["a trailing comma", '{"type":"call.end",}'],
  ["half an object", '{"type":"call.end"'],
  ["NaN", "NaN"],
  ["a comment", '{"type":"call.end" /* now */}'],
  ["single quotes", "{'type':'call.end'}"],
  ["a raw tab inside a string", '{"type":"call.end","payload":{"session_id":"a\tb"}}'],
  ["a raw NUL inside a string", '{"type":"call.end","payload":{"session_id":"a\0b"}}'],
  ["a byte order mark, text", '\uFEFF{"type":"call.end","payload":{"session_id":"s"}}'],
  ["a byte order mark, binary", binary('\uFEFF{"type":"call.end","payload":{"session_id":"s"}}')],
  ["invalid UTF-8", binary([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ["UTF-8 cut short", binary([0x22, 0xe2, 0x82])],
  ["an overlong form", binary([0x22, 0xc0, 0xaf, 0x22])],
  ["a surrogate as UTF-8", binary([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["no bytes", binary([])],
];

/** Objects whose type is no string. */
export const typeless: [about: string, frame: Frame][] = [
  ["a number", '{"type":1,"payload":{}}'],
  ["an object", '{"type":{},"payload":{}}'],
  ["an array", '{"type":["call.end"],"payload":{}}'],
  ["false", '{"type":false,"payload":{}}'],
];

/** Objects whose type is nobody's. */
export const unknownType: [about: string, frame: Frame][] = [
  ["null", "null"],
  ["null, binary", binary("null")],
  ["an empty object", "{}"],
  ["no type", '{"payload":{}}'],
  ["an empty type", '{"type":"","payload":{}}'],
  ["a null type", '{"type":null,"payload":{}}'],
  ["a type in capitals", '{"type":"CALL.END","payload":{"session_id":"s"}}'],
  ["a type with a blank", '{"type":"call.end ","payload":{"session_id":"s"}}'],
  ["an event of ours", '{"type":"call.ring","payload":{"session_id":"s"}}'],
  ["error", '{"type":"error","payload":{}}'],
  ["__proto__", '{"type":"__proto__","payload":{}}'],
  ["constructor", '{"type":"constructor","payload":{}}'],
  ["toString", '{"type":"toString","payload":{}}'],
  ["hasOwnProperty", '{"type":"hasOwnProperty","payload":{}}'],
  ["a type in the prototype", '{"__proto__":{"type":"call.end","payload":{"session_id":"s"}}}'],
];

/** Requests whose payload is not what their type wants. */
export const badPayload: [about: string, frame: Frame][] = [
  ["no payload", '{"type":"call.end"}'],
  ["a payload of text", '{"type":"call.end","payload":"s"}'],
  ["a payload of one number", '{"type":"call.end","payload":7}'],
  ["false for a payload", '{"type":"call.end","payload":false}'],
  ["an array for a payload", '{"type":"call.end","payload":[{"session_id":"s"}]}'],
  ["a number for a session", '{"type":"call.end","payload":{"session_id":7}}'],
  ["an object for a session", '{"type":"call.accept","payload":{"session_id":{}}}'],
  ["a number for a callee", '{"type":"call.start","payload":{"callee_id":7}}'],
  [
    "true for a device token",
    '{"type":"call.start","payload":{"callee_id":"b","callee_device_token":true}}',
  ],
  ["half a second", '{"type":"call.start","payload":{"callee_id":"b","ring_timeout":5.5}}'],
  ["a ring too short", '{"type":"call.start","payload":{"callee_id":"b","ring_timeout":4}}'],
  ["text for a time", '{"type":"call.start","payload":{"callee_id":"b","ring_timeout":"30"}}'],
  ["no session and a number for sdp", '{"type":"webrtc.offer","payload":{"sdp":1}}'],
  ["half a line", '{"type":"webrtc.ice","payload":{"session_id":"s","sdpMLineIndex":0.5}}'],
  ["text for a line", '{"type":"webrtc.ice","payload":{"session_id":"s","sdpMLineIndex":"0"}}'],
  ["a number for sdpMid", '{"type":"webrtc.ice","payload":{"session_id":"s","sdpMid":0}}'],
  ["true for a candidate", '{"type":"webrtc.ice","payload":{"session_id":"s","candidate":true}}'],
  ["__proto__ as the payload", '{"type":"call.end","__proto__":{"payload":{"session_id":"s"}}}'],
];

/** Requests that lack a field, with the text that says which. */
export const missingField: [about: string, frame: Frame, message: string][] = [
  ["call.start", '{"type":"call.start","payload":{}}', "Missing callee_id"],
  [
    "call.start with an empty callee",
    '{"type":"call.start","payload":{"callee_id":""}}',
    "Missing callee_id",
  ],
  ["call.accept", '{"type":"call.accept","payload":{}}', "Missing session_id"],
  ["call.reject", '{"type":"call.reject","payload":{}}', "Missing session_id"],
  [
    "call.end with an empty session",
    '{"type":"call.end","payload":{"session_id":""}}',
    "Missing session_id",
  ],
  [
    "call.check with a null session",
    '{"type":"call.check","payload":{"session_id":null}}',
    "Missing session_id",
  ],
  ["webrtc.ice", '{"type":"webrtc.ice","payload":{"candidate":"c"}}', "Missing session_id"],
  [
    "webrtc.offer without sdp",
    '{"type":"webrtc.offer","payload":{"session_id":"s"}}',
    "Missing session_id or sdp",
  ],
  [
    "webrtc.answer without session",
    '{"type":"webrtc.answer","payload":{"sdp":"v=0"}}',
    "Missing session_id or sdp",
  ],
  [
    "webrtc.answer with empty sdp",
    '{"type":"webrtc.answer","payload":{"session_id":"s","sdp":""}}',
    "Missing session_id or sdp",
  ],
  ["a null payload", '{"type":"call.end","payload":null}', "Missing session_id"],
  [
    "a null payload of offers",
    '{"type":"webrtc.offer","payload":null}',
    "Missing session_id or sdp",
  ],
];
