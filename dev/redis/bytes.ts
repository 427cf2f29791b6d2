/**
 * The embedded engine holds every text as a byte string: a JavaScript string with one character per
 * byte. It is a map key and a Lua string at once, and nothing is lost when a script cuts a character.
 */

/** The byte string of a text in UTF-8. */
export const toBytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** The text that a byte string spells in UTF-8. */
export const toText = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");
