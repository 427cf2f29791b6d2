import { describe, expect, it } from "vitest";
import { withoutBuild } from "../../dev/check/bindings.ts";
import { ALARM_BYTES, checkSize, LIMIT_BYTES } from "../../dev/check/size.ts";
import { closingLine } from "../../dev/check/test.ts";
import { readOutput, uncovered } from "../../dev/check/types.ts";

describe("the check of the size", () => {
  it("passes up to the alarm, and fails beyond", () => {
    expect(checkSize(ALARM_BYTES)).toEqual([]);
    expect(checkSize(ALARM_BYTES + 1)[0]).toContain("has grown to 140.0 KiB");
    expect(checkSize(LIMIT_BYTES + 1)[0]).toContain("over the limit of 150.0 KiB");
  });
});

describe("the check of types", () => {
  const output =
    "src/a.ts(1,2): error TS1: bad\n  more of it\n/p/src/a.ts\n/p/node_modules/b/c.d.ts\n";

  it("tells errors from files", () => {
    expect(readOutput(output, "/p")).toEqual({
      errors: ["src/a.ts(1,2): error TS1: bad", "  more of it"],
      files: ["src/a.ts", "node_modules/b/c.d.ts"],
    });
  });

  it("names sources that no project includes", () => {
    const projects = [{ errors: [], files: ["src/a.ts"] }];
    expect(uncovered(["src/a.ts", "dev/b.ts"], projects)).toEqual(["dev/b.ts"]);
  });
});

describe("the check of binding types", () => {
  it("leaves the build out of the configuration, and nothing else", () => {
    const toml = 'main = "a.ts"\n\n[build]\ncommand = "x"\ncwd = "."\n\n[assets]\nbinding = "A"\n';
    expect(withoutBuild(toml)).toBe('main = "a.ts"\n\n[assets]\nbinding = "A"\n');
  });
});

describe("the closing line", () => {
  const results = {
    numPassedTests: 3,
    numFailedTests: 1,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [{ status: "failed", assertionResults: [{}] }],
  };

  it("counts", () => {
    expect(closingLine(results)).toBe("3 passed, 1 failed");
    expect(closingLine({ ...results, numPendingTests: 2 })).toBe("3 passed, 1 failed, 2 skipped");
  });

  it("counts a file that could not be read as a failure", () => {
    const testResults = [{ status: "failed", assertionResults: [] }];
    expect(closingLine({ ...results, testResults })).toBe("3 passed, 2 failed");
  });
});
