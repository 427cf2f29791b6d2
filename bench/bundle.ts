/** Bundles a Worker as `wrangler deploy` does, without deploying it. */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { experimental_readRawConfig } from "wrangler";

const TIMEOUT_MS = 60_000;

/** The parts of the deployment's configuration that decide what the bundle is and how it runs. */
interface Settings {
  readonly compatibility_date: string;
  readonly compatibility_flags?: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly build?: unknown;
  readonly assets?: unknown;
}

// wrangler's declaration of it leans on a package that is not published.
const readConfig = experimental_readRawConfig as (at: { config: string }) => {
  rawConfig: Settings;
};

/** A bundle on disk, with what it takes to serve it. */
export interface Bundle {
  readonly directory: string;
  /** Its modules, the entry first. */
  readonly modules: readonly string[];
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly objects: readonly { readonly binding: string; readonly className: string }[];
  readonly bytes: number;
  /** All modules gzipped together, which is what the platform's limit counts. */
  readonly gzipBytes: number;
}

/**
 * Bundles and minifies a Worker. Build commands and static files of the configuration are left out: they
 * are no part of the Worker.
 *
 * @param root the project, whose wrangler.toml applies
 * @param main the entry, absolute
 * @param directory an existing directory for the configuration and the output
 * @param classes the object classes that the entry exports; all that there are by default
 * @throws {Error} with wrangler's own words when it does not bundle
 */
export async function bundle(
  root: string,
  main: string,
  directory: string,
  classes?: readonly string[],
): Promise<Bundle> {
  const { rawConfig } = readConfig({ config: join(root, "wrangler.toml") });
  const { build: _, assets: __, ...rest } = rawConfig;
  const isKept = (name: string) => classes?.includes(name) ?? true;
  const settings = {
    ...rest,
    exports: Object.fromEntries(Object.entries(rest.exports).filter(([name]) => isKept(name))),
    durable_objects: {
      ...rest.durable_objects,
      bindings: rest.durable_objects.bindings.filter(({ class_name }) => isKept(class_name)),
    },
  };
  const config = join(directory, "wrangler.json");
  const output = join(directory, "bundle");
  await mkdir(output, { recursive: true });
  await writeFile(config, JSON.stringify({ ...settings, main }));
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  const args = ["deploy", "--dry-run", "--minify", "--config", config, "--outdir", output];
  await promisify(execFile)(process.execPath, [wrangler, ...args], {
    cwd: directory,
    timeout: TIMEOUT_MS,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
  });
  const files = (await readdir(output)).filter((file) => !/\.map$|^README\.md$/.test(file));
  const entry = files.filter((file) => file.endsWith(".js"));
  const modules = [...entry, ...files.filter((file) => !entry.includes(file))];
  const contents = Buffer.concat(
    await Promise.all(modules.map((file) => readFile(join(output, file)))),
  );
  return {
    directory: output,
    modules,
    compatibilityDate: settings.compatibility_date,
    compatibilityFlags: settings.compatibility_flags ?? [],
    objects: settings.durable_objects.bindings.map((object) => ({
      binding: object.name,
      className: object.class_name,
    })),
    bytes: contents.length,
    gzipBytes: gzipSync(contents).length,
  };
}
