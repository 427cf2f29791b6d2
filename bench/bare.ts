/** The floor under load: sockets that name each other. */
import { speller, type Lane } from "./contender.ts";
import { Client } from "./socket.ts";

// As long as a call's id, so that both sides carry the same payloads.
const SESSION = "00000000-0000-4000-8000-000000000000";

/** Connects pairs to the floor and gives both directions of each. */
export async function bareLanes(port: number, count: number): Promise<readonly Lane[]> {
  const connect = (user: string) => Client.connect(`ws://127.0.0.1:${port}/ws?user=${user}`);
  const lanes: Lane[] = [];
  for (let index = 0; index < count; index += 1) {
    const names = [`caller-${index}`, `callee-${index}`] as const;
    const clients = [await connect(names[0]), await connect(names[1])] as const;
    lanes.push(
      { from: clients[0], to: clients[1], spell: speller(`"to":"${names[1]}",`, SESSION) },
      { from: clients[1], to: clients[0], spell: speller(`"to":"${names[0]}",`, SESSION) },
    );
  }
  return lanes;
}
