/**
 * Brings what a person types as a server into `http(s)://host[:port][/path]`: ws and wss are taken
 * too, a missing scheme is guessed (http on this machine, else https), and a trailing `/ws` is
 * dropped. Undefined: not an address.
 */
export const serverAddress = (typed: string): string | undefined => {
  const trimmed = typed.trim();
  const local = /^(localhost|127\.|\[::1\])/.test(trimmed);
  const full = /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `${local ? "http" : "https"}://${trimmed}`;
  try {
    const { protocol, host, pathname } = new URL(full);
    const scheme = { "http:": "http", "https:": "https", "ws:": "http", "wss:": "https" }[protocol];
    if (scheme === undefined || host === "") return undefined;
    return `${scheme}://${host}${pathname.replace(/\/+$/, "").replace(/\/ws$/, "")}`;
  } catch {
    return undefined;
  }
};
