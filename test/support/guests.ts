/** Guests of the chat. */
import { Client, request, upgrade } from "./client.ts";

/** Logs in and returns the response. */
export function logIn(body: string, method = "POST") {
  const headers = { "content-type": "text/plain;charset=UTF-8" };
  return request("/login", method === "GET" ? { method } : { method, body, headers });
}

/** A guest's token. */
async function guestToken(username: string): Promise<string> {
  const response = await logIn(JSON.stringify({ username }));
  return (await response.json<{ token: string }>()).token;
}

/** A guest's socket. */
export async function guest(username: string, more = ""): Promise<Client> {
  const { webSocket, status } = await upgrade(`token=${await guestToken(username)}&${more}`);
  if (!webSocket) throw new Error(`no socket: ${status}`);
  return new Client(username, webSocket);
}

/** Says something and waits for its echo: everything before has been handled by then. */
export async function echoed(client: Client, message: string): Promise<Record<string, unknown>> {
  client.send("send_message", { message });
  return { ...(await client.next("new_message")) };
}
