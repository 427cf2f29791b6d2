/** The command line of `npm run token`, and the token it asks for. */
import { SignJWT } from "jose";
import { parseArguments, UsageError } from "./usage.ts";
import type { Variables } from "./variables.ts";

export const USAGE = `Usage: npm run -s token -- USER_ID [options]

Prints a token for the given user, signed as the Worker of \`npm run dev\` expects it.

  --name TEXT       name shown to the other side
  --username TEXT   user name
  --image URL       profile image
  --device LABEL    device that the token is for
  --hours N         hours until it expires (12)
  --secret TEXT     secret to sign with (JWT_SECRET of the shell, else of .dev.vars)
  --help            show this text
`;

export interface TokenOptions {
  readonly claims: Readonly<Record<string, string>>;
  /** Hours until the token expires. */
  readonly hours: number;
  readonly secret: string | undefined;
  readonly help: boolean;
}

/** Reads the arguments behind `npm run token --`. @throws {UsageError} */
export function parseTokenOptions(args: readonly string[]): TokenOptions {
  const { values, positionals } = parseArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: "string" },
      username: { type: "string" },
      image: { type: "string" },
      device: { type: "string" },
      hours: { type: "string", default: "12" },
      secret: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [user = "", ...rest] = positionals;
  const hours = Number(values.hours);
  if (!values.help && user === "") throw new UsageError("USER_ID is missing");
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one USER_ID too many`);
  if (!(hours > 0 && hours < 1e6))
    throw new UsageError(`--hours is "${values.hours}": give a number above 0`);
  const { name, username, image, device } = values;
  const claims = { hash: user, name, username, image_profile: image, device };
  const given = Object.entries(claims).filter(([, value]) => value !== undefined);
  return {
    claims: Object.fromEntries(given) as Record<string, string>,
    hours,
    secret: values.secret,
    help: values.help,
  };
}

/**
 * Signs the token with HS256. Issuer and audience are added when the Worker checks them.
 *
 * @throws {UsageError} when there is no secret
 */
export async function mintToken(options: TokenOptions, variables: Variables): Promise<string> {
  const secret = options.secret ?? variables["JWT_SECRET"];
  if (!secret) throw new UsageError("JWT_SECRET is empty: set it in .dev.vars, or give --secret");
  const token = new SignJWT({ ...options.claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000 + options.hours * 3600));
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = variables;
  if (issuer) token.setIssuer(issuer);
  if (audience) token.setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
}
