import { describe, expect, it } from "vitest";
import { checkSpec, citedIds, ruleIds } from "../../dev/check/spec.ts";

const spec =
  "# Specification\n\n- **CALL-1** It rings.\n- **E2E-2** It works.\nSee **CALL-9** there.\n";
const test = (text: string) => ({ path: "test/a.test.ts", text });

describe("the check of rules and tests", () => {
  it("reads ids where rules begin", () => {
    expect(ruleIds(spec)).toEqual(["CALL-1", "E2E-2"]);
  });

  it("reads ids at the start of titles", () => {
    const text = [
      'it("CALL-1 rings", () => {});',
      "test.each(rows)('CALL-2: %s', () => {});",
      "describe(\n  `CALL-3, in short`, () => {});",
      'describeWithRedis("LOCAL-1 answers", define);',
      'it.each([\n  ["a"],\n])("CALL-11 $role", () => {});',
    ].join("\n");
    expect(citedIds(text)).toEqual(["CALL-1", "CALL-2", "CALL-3", "LOCAL-1", "CALL-11"]);
  });

  it("takes nothing else for a title", () => {
    const text =
      'expect("CALL-1 x"); log("CALL-2 x"); it("rings CALL-3", f); it("CALL-4a x", f); x.test("CALL-5 x");';
    expect(citedIds(text)).toEqual([]);
  });

  it("passes when rules and titles agree", () => {
    expect(checkSpec(spec, [test('it("CALL-1 a", f); it("E2E-2 b", f);')])).toEqual([]);
  });

  it("names rules without a test, titles without a rule, and ids used twice", () => {
    expect(
      checkSpec(`${spec}- **CALL-1** Again.\n`, [test('it("CALL-1 a", f); it("CALL-7 b", f);')]),
    ).toEqual([
      "docs/spec.md: CALL-1 stands there twice",
      "docs/spec.md: E2E-2 has no test",
      "test/a.test.ts: no rule is named CALL-7",
    ]);
  });
});
