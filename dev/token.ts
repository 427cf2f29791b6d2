/** `npm run token`: prints a token for a user, and nothing else. */
import { join } from "node:path";
import { mintToken, parseTokenOptions, USAGE } from "./mint.ts";
import { UsageError } from "./usage.ts";
import { loadVariables } from "./variables.ts";

const ROOT = join(import.meta.dirname, "..");

try {
  const options = parseTokenOptions(process.argv.slice(2));
  const text = options.help
    ? USAGE
    : `${await mintToken(options, loadVariables(ROOT, process.env))}\n`;
  process.stdout.write(text);
} catch (thrown) {
  if (!(thrown instanceof UsageError)) throw thrown;
  process.stderr.write(`${thrown.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
