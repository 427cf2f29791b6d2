/** The configuration of the Worker: parsed once, and refused where the service would run open by accident. */
import * as z from "zod";
import { variableNames, variables } from "./variables.ts";

const DEFAULT_APP_SECRET = "dev-app-secret";
const DEFAULT_SECRET = "dev-secret-change-in-production";

const schema = z.object(variables);

/** The parsed configuration. Durations are in seconds, as the variable names say. */
export type Config = z.output<typeof schema>;

/** A configuration that cannot be served. The message names the variable and says what to do. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the configuration from a Worker's `env`. An empty string counts as unset.
 *
 * @throws {ConfigError} when a variable is malformed, or the service would run open by accident.
 */
export function parseConfig(env: Readonly<Record<string, unknown>>): Config {
  const given = Object.fromEntries(
    variableNames
      .map((name) => [name, env[name]] as const)
      .filter(([, value]) => typeof value === "string" && value !== ""),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigError(`${issue?.path.join(".")} is invalid: ${issue?.message}`);
  }
  assertClosed(parsed.data);
  return parsed.data;
}

/** Outside development, refuses to serve without a key of the deployer's own, or without Redis. */
function assertClosed(config: Config): void {
  if (!config.UPSTASH_REDIS_REST_URL || !config.UPSTASH_REDIS_REST_TOKEN) {
    throw new ConfigError(
      "UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN must be set: they name the Redis database that holds the calls",
    );
  }
  if (config.ENVIRONMENT === "development") return;
  if (config.APP_SECRET === DEFAULT_APP_SECRET) {
    throw new ConfigError(
      "APP_SECRET is the published default: set a secret of your own with `npx wrangler secret put APP_SECRET`",
    );
  }
  if (config.JWT_SECRET === DEFAULT_SECRET) {
    throw new ConfigError(
      "JWT_SECRET is the published default: set a secret of your own with `npx wrangler secret put JWT_SECRET`",
    );
  }
  if (!config.JWT_SECRET && !config.JWT_JWKS_URL) {
    throw new ConfigError(
      "JWT_SECRET or JWT_JWKS_URL must be set: `npx wrangler secret put JWT_SECRET`",
    );
  }
}
