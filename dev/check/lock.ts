/**
 * Checks package-lock.json: it carries no download addresses, and it names the optional packages of
 * every platform. npm leaves out those that its registry does not offer, and then `npm ci` refuses
 * the lock file elsewhere; `--write` puts them back.
 */
import { writeFileSync } from "node:fs";
import { isMain, read, report, root } from "./problems.ts";

/** An entry of the lock file, as far as this check reads and writes it. */
export interface LockedPackage {
  version?: string;
  resolved?: string;
  link?: boolean;
  cpu?: string[];
  dev?: boolean;
  libc?: string[];
  license?: string;
  optional?: boolean;
  os?: string[];
  optionalDependencies?: Record<string, string>;
}

/** A lock file of version 3. */
export interface Lock {
  packages: Record<string, LockedPackage>;
}

const SYSTEMS: Readonly<Record<string, string>> = { windows: "win32" };
const PROCESSORS: Readonly<Record<string, string>> = { "64": "x64" };
const LIBRARIES: Readonly<Record<string, string>> = { gnu: "glibc", musl: "musl" };
const PLATFORM =
  /(android|darwin|freebsd|linux|openharmony|win32|windows)-(arm64|arm|x64|64|ia32|ppc64|riscv64|s390x)(?:-(gnu|musl)\b)?/;

/** Finds optional dependencies without an entry. */
export function missingPlatforms(lock: Lock): { parent: string; name: string; version: string }[] {
  return Object.entries(lock.packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isPlaced(lock, parent, name))
      .map(([name, version]) => ({ parent, name, version })),
  );
}

/** The lock file with an entry for every optional dependency, made from the platform in its name. */
export function complete(lock: Lock): Lock {
  const packages = { ...lock.packages };
  for (const { parent, name, version } of missingPlatforms(lock)) {
    const [, system, processor, library] = PLATFORM.exec(name) ?? [];
    if (!system || !processor) throw new Error(`${name}: its name does not say its platform`);
    const { dev, license } = lock.packages[parent] ?? {};
    packages[`node_modules/${name}`] = {
      version,
      cpu: [PROCESSORS[processor] ?? processor],
      ...(dev ? { dev } : {}),
      ...(library ? { libc: [LIBRARIES[library] ?? library] } : {}),
      ...(license ? { license } : {}),
      optional: true,
      os: [SYSTEMS[system] ?? system],
    };
  }
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, "en"));
  return { ...lock, packages: Object.fromEntries(sorted) };
}

/** Says what is wrong with a lock file. */
export function checkLock(lock: Lock): string[] {
  const addresses = Object.entries(lock.packages)
    .filter(([, { resolved, link }]) => resolved !== undefined && !link)
    .map(([path]) => `package-lock.json: ${path} carries a download address ("resolved")`);
  const missing = missingPlatforms(lock).map(
    ({ name }) => `package-lock.json: no entry for ${name}; run \`npm run lock\``,
  );
  return [...addresses, ...missing];
}

/** Whether a dependency of `parent` is placed beside it or further up, as Node looks for it. */
function isPlaced(lock: Lock, parent: string, name: string): boolean {
  for (let folder = parent; ; folder = folder.slice(0, folder.lastIndexOf("/node_modules/"))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === "") return false;
    if (!folder.includes("/node_modules/")) folder = "/node_modules/";
  }
}

if (isMain(import.meta.url)) {
  const lock = JSON.parse(read("package-lock.json")) as Lock;
  if (process.argv.includes("--write")) {
    const text = `${JSON.stringify(complete(lock), null, 2)}\n`;
    writeFileSync(new URL("package-lock.json", root), text);
  } else {
    report(checkLock(lock), `${Object.keys(lock.packages).length} packages`);
  }
}
