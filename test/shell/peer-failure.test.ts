import { expect, test } from "vitest";
import { mayRetry } from "../../src/core/peer-failure.ts";

const failure = (marks: object) => Object.assign(new Error("the object is gone"), marks);

test.each([
  ["a reset", failure({ durableObjectReset: true }), true],
  ["a passing fault", failure({ retryable: true }), true],
  ["an overload", failure({ overloaded: true }), false],
  [
    "an overload that calls itself retryable",
    failure({ overloaded: true, retryable: true }),
    false,
  ],
  [
    "an overloaded object that was reset",
    failure({ overloaded: true, durableObjectReset: true }),
    false,
  ],
  ["a defect of the object's own code", failure({ remote: true }), false],
  ["marks that say no", failure({ retryable: false, durableObjectReset: false }), false],
  ["a bare error", new Error("x"), false],
  ["text", "durableObjectReset", false],
  ["null", null, false],
  ["nothing", undefined, false],
])("OBJ-4 %s: another attempt %j", (_, error, again) => {
  expect(mayRetry(error)).toBe(again);
});
