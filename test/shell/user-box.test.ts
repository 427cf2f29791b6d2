import { describe, expect, it } from "vitest";
import { UserBox } from "../../src/durable/user-box.ts";

const item = (number: number) => ({ number, type: "t", json: "{}", to: ["s"] });

describe("a subscriber that is given up while a delivery is under way", () => {
  it("CHAN-11 has not got what waited behind that", async () => {
    const box = new UserBox();
    box.add(item(1));
    box.next();
    box.add(item(2));
    const settled = box.settled();
    box.giveUp(["s"]);
    box.delivered();
    expect(await settled).toBe(false);
  });

  it("CHAN-11 has got what was under way", async () => {
    const box = new UserBox();
    box.add(item(1));
    box.next();
    const settled = box.settled();
    box.add(item(2));
    box.giveUp(["s"]);
    box.delivered();
    expect(await settled).toBe(true);
  });
});
