/** The real development server, a browser, and the people in it, for the tests of one file. */
import type { Browser } from "playwright-core";
import { startChromium } from "./chromium.ts";
import { startDevServer, type DevServer } from "./dev-server.ts";
import { Person, type PersonOptions } from "./person.ts";

/** What a person's browser allows and shows. */
type Equipment = Pick<PersonOptions, "permissions" | "panel">;

export class Stage {
  readonly server: DevServer;
  readonly #browser: Browser;
  readonly #present: Person[] = [];

  private constructor(server: DevServer, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async set(executablePath: string): Promise<Stage> {
    const [server, browser] = await Promise.all([startDevServer(), startChromium(executablePath)]);
    return new Stage(server, browser);
  }

  /** Somebody opens the page. */
  async open(name: string, more: Equipment = {}): Promise<Person> {
    const { port } = this.server;
    const person = await Person.open({ browser: this.#browser, port, name, ...more });
    this.#present.push(person);
    return person;
  }

  /** Somebody opens the page and signs in. */
  async arrive(name: string, more: Equipment = {}): Promise<Person> {
    const person = await this.open(name, more);
    await person.signIn();
    return person;
  }

  /** Everybody leaves, and all is taken down. */
  async strike(): Promise<void> {
    await Promise.all(this.#present.map((person) => person.leave()));
    await this.#browser.close();
    await this.server.stop();
  }
}
