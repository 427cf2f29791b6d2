/** A client's socket, reduced to what a load generator can afford per frame. */
import { once } from "node:events";
import { WebSocket } from "ws";

/** Takes one frame. */
export type Listener = (frame: Buffer) => void;

/** One client. Frames nobody listens for fail the run: an error frame must not pass for a message. */
export class Client {
  readonly #socket: WebSocket;
  #listener: Listener | undefined;
  #failure: Error | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (frame: Buffer) => {
      if (this.#listener) this.#listener(frame);
      else this.#failure ??= new Error(`nobody asked for ${frame.toString().slice(0, 200)}`);
    });
    socket.on(
      "close",
      (code) => (this.#failure ??= new Error(`the server closed a socket with ${code}`)),
    );
    socket.on("error", (error) => (this.#failure ??= error));
  }

  /** Connects. */
  static async connect(url: string): Promise<Client> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, "open");
    return new Client(socket);
  }

  send(frame: string): void {
    this.#socket.send(frame);
  }

  /** Hands the frames from now on to a listener, or to none. */
  listen(listener?: Listener): void {
    if (this.#failure) throw this.#failure;
    this.#listener = listener;
  }

  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.close();
  }
}
