/** Chatting in real browsers against the real development server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "./support/chromium.ts";
import type { Person } from "./support/person.ts";
import { Stage } from "./support/stage.ts";

const AWAY_MS = 10_000;
const found = findChromium();

// Of no browser there are no tests; web-client.test.ts says so.
describe.each(found === undefined ? [] : [found])("chat in %s", (executablePath) => {
  let stage: Stage;
  const lines = ({ page }: Person) => page.locator(".chat-line span").allTextContents();
  const say = async (person: Person, text: string) => {
    await person.page.getByLabel("Message", { exact: true }).fill(text);
    await person.press("Send");
  };
  const heard = ({ page }: Person, text: string) =>
    page.locator('.chat-line[data-pending="false"] span', { hasText: text }).first().waitFor();

  beforeAll(async () => {
    stage = await Stage.set(executablePath);
  }, 90_000);

  afterAll(() => stage?.strike());

  it(
    "E2E-6 two pages chat; one goes offline for ten seconds and catches up",
    { timeout: 90_000 },
    async () => {
      const [ada, bob] = await Promise.all([stage.open("Ada"), stage.open("Bob")]);
      for (const person of [ada, bob]) {
        await person.signIn();
        await person.press("Chat");
      }
      await ada.page.getByLabel("Here now").getByText("Bob").waitFor();
      await say(ada, "<b>one</b>");
      await Promise.all([heard(ada, "<b>one</b>"), heard(bob, "<b>one</b>")]);
      await bob.offline(true);
      for (const text of ["two", "three"]) await say(ada, text);
      await say(bob, "while away");
      await heard(ada, "three");
      await bob.page.waitForTimeout(AWAY_MS);
      expect(await lines(bob)).toEqual(["<b>one</b>", "while away"]);
      await bob.offline(false);
      await Promise.all([heard(bob, "three"), heard(ada, "while away"), heard(bob, "while away")]);
      expect((await lines(bob)).toSorted()).toEqual(["<b>one</b>", "three", "two", "while away"]);
      expect(await lines(ada)).toEqual(["<b>one</b>", "two", "three", "while away"]);
    },
  );

  it(
    "E2E-7 a guest enters with only a name, and talks to another",
    { timeout: 60_000 },
    async () => {
      const [zoe, max] = await Promise.all([stage.open("Zoe"), stage.open("Max")]);
      for (const person of [zoe, max]) {
        await person.page.getByText("As a guest").click();
        await person.page.getByLabel("Name in the chat").fill(person.name);
        await person.press("Enter the chat");
        await person.sees("Connected");
      }
      await say(zoe, "hello <i>there</i>");
      await heard(max, "hello <i>there</i>");
      await heard(zoe, "hello <i>there</i>");
      expect(await lines(max)).toEqual(["hello <i>there</i>"]);
    },
  );
});
