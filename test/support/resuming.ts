/** Sockets that resume, one at a time and by hand; resuming-client.ts is a whole client. */
import { connect, upgrade, type Client } from "./client.ts";

/** Opens a socket to the Worker under test, for a {@link ResumingClient}. */
export async function dial(query: string): Promise<WebSocket> {
  const { webSocket, status } = await upgrade(query);
  if (!webSocket) throw new Error(`no socket: ${status}`);
  webSocket.accept();
  return webSocket;
}

/** Opens a socket that resumes and waits for its first frame, which must be `welcome`. */
export async function openResuming(user: string, more = ""): Promise<Client> {
  const client = await connect(user, `resume=1&${more}`);
  const first = await new Promise<string>((resolve) => {
    client.socket.addEventListener("message", ({ data }) => resolve(String(data)), { once: true });
  });
  const { type } = JSON.parse(first) as { type: string };
  if (type !== "welcome") throw new Error(`${user} expected welcome first but got ${first}`);
  return client;
}

/** What a client says to go on after the event of that number. */
export function proofOf({ welcome }: Client, seq: number): string {
  return `resume_token=${String(welcome["resume_token"])}&seq=${seq}`;
}
