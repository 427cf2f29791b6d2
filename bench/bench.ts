/** `npm run bench`: the relay beside its floor; `npm run bench -- <name>` runs another of the benchmarks. */

/** Benchmarks by name. Each is a module that runs when it is loaded. */
export const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  relay: () => import("./run.ts"),
  broadcast: () => import("./broadcast.ts"),
  soak: () => import("./soak.ts"),
};

const [name = "relay"] = process.argv.slice(2);
const run = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (run) await run();
else {
  console.error(`there is no benchmark ${name}; there are: ${Object.keys(benchmarks).join(", ")}`);
  process.exitCode = 2;
}
