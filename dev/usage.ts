/** Command lines: an argument that makes no sense gets a sentence, not a stack. */
import { parseArgs, type ParseArgsConfig } from "node:util";

/** A command line that cannot be followed. The message says what is wrong with it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `util.parseArgs`, with its refusals as usage errors. @throws {UsageError} */
export function parseArguments<T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UsageError(message.split(". ")[0] ?? message);
  }
}
