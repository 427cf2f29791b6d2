/** A place's object: one channel, or one chat room. The shell around its desk, outboxes and alarms. */
import { DurableObject } from "cloudflare:workers";
import { Latest } from "../core/latest.ts";
import type { PlaceMessage, Publication, Published } from "../features/place.ts";
import { ChannelDesk } from "./channel-desk.ts";
import { composeChannel, type ChannelParts } from "./channel-parts.ts";
import { Outboxes } from "./outboxes.ts";
import type { Answers, Delivery } from "./peers.ts";

/** A delivery that failed is tried again after this long. */
const RETRY_MS = 2_000;
/** The longest pause between two attempts at a sink. */
const LAST_RETRY_MS = 300_000;
/** So long after something was sent out, somebody looks whether all of it has arrived. */
const LOOK_MS = 10_000;
/** Most senders whose last delivery is kept in memory. */
const REMEMBERED = 1_024;

export class Channel extends DurableObject<Env> {
  readonly #parts: ChannelParts;
  readonly #outboxes: Outboxes;
  readonly #desk: ChannelDesk;
  /** Each sender has one delivery under way; a repetition gets the answers of the first time. */
  readonly #taken = new Latest<{ readonly id: string; readonly answers: Promise<Answers> }>(
    REMEMBERED,
  );
  #isWatched = false;
  /** How often in a row a sink has failed. */
  #failures = 0;
  /** A sink that has failed is left alone until then. */
  #pumpAgain = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#parts = composeChannel(ctx, env);
    const { entries, seats, place } = this.#parts;
    this.#outboxes = new Outboxes({
      place,
      epoch: entries.epoch,
      stub: (user) => env.USER.getByName(user),
      empty: (user, gone) => {
        this.#desk.empty(user, gone);
        this.#send();
      },
      giveUp: (user) => {
        const own = seats.of(user);
        // Written down, so that a reset before they are closed is none that lets them go on.
        for (const seat of own) seats.ask(seat);
        return own.map(({ seat }) => seat);
      },
      drained: () => {
        entries.finish();
      },
      stalled: () => {
        this.#parts.alarms.set("deliver", Date.now() + RETRY_MS);
      },
    });
    this.#desk = new ChannelDesk(this.#parts, this.#outboxes);
    this.#desk.redeliver();
    if (this.#outboxes.isBusy || entries.done < entries.head) this.#send();
  }

  /** Takes a delivery of a user's object. */
  receive(delivery: Delivery<PlaceMessage>): Promise<Answers> {
    const { id, from } = delivery;
    const last = this.#taken.get(from);
    if (last?.id === id) return last.answers;
    const answers = this.#take(delivery);
    this.#taken.set(from, { id, answers });
    return answers;
  }

  /** Publishes events that came over HTTP or through a queue. */
  publish(events: readonly Publication[]): Published[] {
    const published = events.map((event) => this.#desk.publish(event));
    this.#send();
    return published;
  }

  /** JSON of who is present, as `presence_sync` lists them. */
  users(): string {
    const users = this.#desk.users();
    this.#send();
    return users;
  }

  /** Where the channel stands, and its broadcasts after an offset, as JSON each. */
  history(since: number): { epoch: string; offset: number; events: string[] } {
    const { entries } = this.#parts;
    const { epoch, offset } = entries;
    entries.save();
    const events = entries.history(since, Date.now()).map(({ json }) => json);
    return { epoch, offset, events };
  }

  override async alarm(): Promise<void> {
    const { alarms, log } = this.#parts;
    await alarms.run((name) => this.#ring(name), log);
  }

  async #take({ from, messages }: Delivery<PlaceMessage>): Promise<Answers> {
    const answers = messages.map((message): Answers[number] => {
      try {
        return { reply: this.#desk.handle(from, message) };
      } catch (error) {
        this.#parts.log("error", "defect", { kind: message.kind, error: String(error) });
        return { failed: true };
      }
    });
    this.#send();
    const asking = messages.flatMap((each) =>
      each.kind === "place.listen" ? [each.message.seat] : [],
    );
    if (asking.length === 0) return answers;
    const { entries, seats } = this.#parts;
    const { head } = entries;
    // What a subscriber was promised with its answer has then reached its object.
    if (!(await this.#outboxes.settled(from))) {
      const isListen = (index: number) => messages[index]?.kind === "place.listen";
      return answers.map((answer, index) => (isListen(index) ? { failed: true } : answer));
    }
    seats.answer(asking);
    seats.advance(from, asking, head);
    return answers;
  }

  /** Sends out what lies in the outboxes, and sees to it that it arrives. */
  #send(): void {
    const { entries, results, alarms, pump } = this.#parts;
    this.#outboxes.flush();
    if (!this.#outboxes.isBusy) entries.finish();
    const isOwing = this.#outboxes.isBusy || !pump.isDone;
    if (isOwing && !this.#isWatched) {
      this.#isWatched = true;
      alarms.set("deliver", Date.now() + LOOK_MS);
    }
    if (!pump.isDone && Date.now() >= this.#pumpAgain) this.ctx.waitUntil(this.#pump());
    if (entries.isLong || entries.ages || results.age()) {
      alarms.set(
        "tidy",
        roundedUp(Date.now() + this.#parts.config.CHANNEL_HISTORY_SECONDS * 1_000),
      );
    }
  }

  async #pump(): Promise<void> {
    const { alarms, pump } = this.#parts;
    const isWell = await pump.run();
    if (isWell && pump.isDone) this.#failures = 0;
    if (isWell) return;
    this.#pumpAgain = Date.now() + Math.min(RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS);
    alarms.set("sinks", this.#pumpAgain);
    this.#failures += 1;
  }

  #ring(name: string): void {
    if (name === "grace") this.#desk.expire();
    if (name === "tidy") this.#desk.tidy();
    if (name === "deliver") this.#isWatched = false;
    this.#outboxes.retry();
    this.#send();
  }
}

/** Alarms that may be late are set to whole minutes, so that they are seldom moved. */
function roundedUp(at: number): number {
  return Math.ceil(at / 60_000) * 60_000;
}
