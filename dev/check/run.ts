/**
 * Everything that is checked without running the product: `npm run check`, or some steps by name, as
 * in `npm run check -- lint types`. Two steps run at a time; what fails is told in full at the end.
 */
import { runTool } from "./tool.ts";

const AT_ONCE = 2;

const script = (name: string): readonly string[] => ["node", `dev/check/${name}.ts`];

/** The steps by name, slow ones first so that they overlap with the others. */
const steps: Readonly<Record<string, readonly string[]>> = {
  size: script("size"),
  format: ["oxfmt", "--check"],
  lint: ["oxlint"],
  types: script("types"),
  unused: ["knip", "--no-progress", "--treat-config-hints-as-errors"],
  bindings: script("bindings"),
  docs: script("docs"),
  spec: script("spec"),
  lua: script("lua"),
  lock: script("lock"),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`no step ${unknown.join(", ")}; there are ${Object.keys(steps).join(", ")}`);
  process.exit(2);
}

const waiting = Object.entries(steps).filter(
  ([name]) => wanted.length === 0 || wanted.includes(name),
);
const failures = new Map<string, string>();
const began = performance.now();

async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, [command = "", ...args]] = next;
    const start = performance.now();
    const { code, output } = await runTool(command, args);
    if (code !== 0) failures.set(name, output.trimEnd());
    const verdict = code === 0 ? "ok    " : "FAILED";
    console.log(
      `${name.padEnd(8)}  ${verdict}  ${seconds(start).padStart(5)} s  ${note(name, code, output)}`,
    );
  }
}

/** What a checker of ours says when all is well. */
function note(name: string, code: number, output: string): string {
  const ours = steps[name]?.[0] === "node";
  return code === 0 && ours ? output.trim() : "";
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1_000).toFixed(1);
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
for (const [name, output] of failures) console.error(`\n--- ${name} ---\n${output}`);
const result =
  failures.size === 0
    ? "all passed"
    : `${failures.size} failed: ${[...failures.keys()].join(", ")}`;
console.log(`${failures.size === 0 ? "" : "\n"}check: ${result}, in ${seconds(began)} s`);
process.exitCode = failures.size === 0 ? 0 : 1;
