import { describe, expect, it } from "vitest";
import { checkLock, complete, type Lock } from "../../dev/check/lock.ts";

const lock: Lock = {
  packages: {
    "node_modules/tool": {
      version: "1.0.0",
      dev: true,
      license: "MIT",
      optionalDependencies: {
        "@tool/binding-linux-x64-musl": "1.0.0",
        "@tool/binding-windows-64": "1.0.0",
        nested: "1.0.0",
        hoisted: "1.0.0",
      },
    },
    "node_modules/tool/node_modules/nested": { version: "1.0.0" },
    "node_modules/hoisted": { version: "1.0.0" },
  },
};

describe("the check of the lock file", () => {
  it("names packages of other platforms that are left out", () => {
    expect(checkLock(lock)).toEqual([
      "package-lock.json: no entry for @tool/binding-linux-x64-musl; run `npm run lock`",
      "package-lock.json: no entry for @tool/binding-windows-64; run `npm run lock`",
    ]);
  });

  it("puts them back, with the platform in their names", () => {
    const whole = complete(lock);
    expect(checkLock(whole)).toEqual([]);
    const common = { version: "1.0.0", cpu: ["x64"], dev: true, license: "MIT", optional: true };
    expect(whole.packages["node_modules/@tool/binding-linux-x64-musl"]).toEqual({
      ...common,
      libc: ["musl"],
      os: ["linux"],
    });
    expect(whole.packages["node_modules/@tool/binding-windows-64"]).toEqual({
      ...common,
      os: ["win32"],
    });
  });

  it("refuses download addresses", () => {
    const packages = { "node_modules/a": { resolved: "https://registry.test/a.tgz" } };
    expect(checkLock({ packages })).toEqual([
      'package-lock.json: node_modules/a carries a download address ("resolved")',
    ]);
  });
});
