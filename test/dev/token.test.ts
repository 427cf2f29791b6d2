import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { mintToken, parseTokenOptions } from "../../dev/mint.ts";
import { UsageError } from "../../dev/usage.ts";

const SCRIPT = new URL("../../dev/token.ts", import.meta.url).pathname;
const run = promisify(execFile);
const key = (secret: string) => new TextEncoder().encode(secret);
const mint = (args: string[], variables = { JWT_SECRET: "s3cret" }) =>
  mintToken(parseTokenOptions(args), variables);

describe("the arguments", () => {
  test("name the user and what is shown of them", async () => {
    const args = [
      "alice",
      "--name",
      "Alice",
      "--username=al",
      "--image",
      "https://a/b.png",
      "--device",
      "phone",
    ];
    const { payload } = await jwtVerify(await mint(args), key("s3cret"));
    expect(payload).toMatchObject({
      hash: "alice",
      name: "Alice",
      username: "al",
      image_profile: "https://a/b.png",
      device: "phone",
    });
  });

  test("leave out what is not given", async () => {
    const { payload } = await jwtVerify(await mint(["alice"]), key("s3cret"));
    expect(Object.keys(payload).toSorted()).toEqual(["exp", "hash", "iat"]);
  });

  test.each([
    [[], 12],
    [["--hours", "1"], 1],
    [["--hours", "0.5"], 0.5],
  ])("%j make it good for %d hours", async (args, hours) => {
    const { payload } = await jwtVerify(await mint(["alice", ...args]), key("s3cret"));
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeCloseTo(hours * 3600, -1);
  });

  test.each([
    [[], "USER_ID is missing"],
    [[""], "USER_ID is missing"],
    [["alice", "bob"], '"bob" is one USER_ID too many'],
    [["alice", "--nope"], "Unknown option '--nope'"],
    [["alice", "--hours", "soon"], '--hours is "soon": give a number above 0'],
    [["alice", "--hours", "0"], '--hours is "0": give a number above 0'],
    [["alice", "--name"], "Option '--name <value>' argument missing"],
  ])("%j are refused", (args, message) => {
    expect(() => parseTokenOptions(args)).toThrow(new UsageError(message));
  });
});

describe("the token", () => {
  test("LOCAL-4 is signed with HS256 and the secret given, else the Worker's", async () => {
    const token = await mint(["alice", "--secret", "other"]);
    expect(decodeProtectedHeader(token)).toEqual({ alg: "HS256", typ: "JWT" });
    await expect(jwtVerify(token, key("other"))).resolves.toBeDefined();
    await expect(jwtVerify(token, key("s3cret"))).rejects.toThrow("signature verification failed");
  });

  test("carries the issuer and the audience that the Worker checks", async () => {
    const variables = { JWT_SECRET: "s", JWT_ISSUER: "me", JWT_AUDIENCE: "you" };
    const { payload } = await jwtVerify(await mint(["alice"], variables), key("s"));
    expect(payload).toMatchObject({ iss: "me", aud: "you" });
  });

  test("needs a secret", async () => {
    await expect(mint(["alice"], { JWT_SECRET: "" })).rejects.toThrow(UsageError);
  });
});

describe("the command", { timeout: 30_000 }, () => {
  const env = { ...process.env, JWT_SECRET: "from the shell", JWT_ISSUER: "", JWT_AUDIENCE: "" };

  test("LOCAL-4 prints the token and nothing else", async () => {
    const { stdout, stderr } = await run(process.execPath, [SCRIPT, "alice"], { env });
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(stderr).toBe("");
    const { payload } = await jwtVerify(stdout.trim(), key("from the shell"));
    expect(payload["hash"]).toBe("alice");
  });

  test("ends with 2 and its usage when it cannot be followed", async () => {
    await expect(run(process.execPath, [SCRIPT, "--nope"], { env })).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(
        /^Unknown option '--nope'\n\nUsage: npm run -s token -- USER_ID/,
      ) as string,
    });
  });
});
