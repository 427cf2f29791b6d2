import { expect, test } from "vitest";
import { parseDevOptions } from "../../dev/options.ts";
import { UsageError } from "../../dev/usage.ts";

const defaults = { port: 8787, host: "localhost", verbose: false, help: false };

test.each([
  [[], {}],
  [["--port", "9000"], { port: 9000 }],
  [["--port=9000"], { port: 9000 }],
  [["-p", "0"], { port: 0 }],
  [["--host", "0.0.0.0"], { host: "0.0.0.0" }],
  [["--ip=0.0.0.0"], { host: "0.0.0.0" }],
  [["--verbose"], { verbose: true }],
  [["--help"], { help: true }],
  [["-h"], { help: true }],
])("takes %j", (args, options) => {
  expect(parseDevOptions(args)).toEqual({ ...defaults, ...options });
});

test.each([
  [["--nope"], "Unknown option '--nope'"],
  [["--prot=9000"], "Unknown option '--prot'"],
  [["here"], "Unexpected argument 'here'"],
  [["--port"], "Option '-p, --port <value>' argument missing"],
  [["--port", "many"], '--port is "many": give a number from 0 to 65535'],
  [["--port", "65536"], '--port is "65536": give a number from 0 to 65535'],
  [["--port=-1"], '--port is "-1": give a number from 0 to 65535'],
  [["--port", ""], '--port is "": give a number from 0 to 65535'],
  [["--host", ""], "--host is empty: give an address, or leave it out"],
])("refuses %j", (args, message) => {
  expect(() => parseDevOptions(args)).toThrow(new UsageError(message));
});
