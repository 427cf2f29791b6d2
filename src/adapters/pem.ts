/** Private keys as deployers paste them: PEM, with real line feeds or spelled-out ones. */

/** Object identifiers inside a PKCS #8 key, as bytes of DER (RFC 5208, RFC 8017, RFC 5480). */
const ALGORITHMS = {
  rsa: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
  p256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
} as const;

/**
 * Reads a PKCS #8 key and returns it as clean PEM.
 *
 * @returns nothing when it cannot be a key of that algorithm
 */
export function readPkcs8(text: string, algorithm: keyof typeof ALGORITHMS): string | undefined {
  const body = text
    .replaceAll("\\n", "\n")
    .replace(/-----(?:BEGIN|END) PRIVATE KEY-----/g, "")
    .replace(/\s+/g, "");
  if (body === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return undefined;
  const der = bytesOf(body);
  if (!der || !isWholeSequence(der) || !contains(der, ALGORITHMS[algorithm])) return undefined;
  const lines = body.match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n");
}

/** Bytes of a base64 or base64url text, padding optional; nothing when it is none. */
export function bytesOf(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, ""));
    return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Whether the bytes are one DER sequence, neither cut short nor followed by anything (X.690 8.1.3). */
function isWholeSequence(der: Uint8Array): boolean {
  const [tag, first = 0] = der;
  if (tag !== 0x30) return false;
  if (first < 0x80) return der.length === 2 + first;
  const count = first - 0x80;
  const length = der.subarray(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  return count <= 4 && der.length === 2 + count + length;
}

function contains(bytes: Uint8Array, part: readonly number[]): boolean {
  return bytes.some((_, at) => part.every((byte, offset) => bytes[at + offset] === byte));
}
