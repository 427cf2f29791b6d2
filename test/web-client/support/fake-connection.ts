import { FakeTrack } from "./fake-media.ts";

interface Description {
  readonly type: "offer" | "answer";
  readonly sdp: string;
}

interface Sender {
  track: FakeTrack | null;
  replaceTrack(track: FakeTrack | null): Promise<void>;
}

/**
 * The signaling half of an RTCPeerConnection: states, implicit rollback, when negotiation is
 * needed. No media.
 */
export class FakeConnection extends EventTarget {
  signalingState = "stable";
  connectionState = "new";
  localDescription: Description | null = null;
  remoteDescription: Description | null = null;
  closed = false;
  restarts = 0;
  rollbacks = 0;
  configuration: { iceServers: unknown[] };
  readonly candidates: {
    candidate: string;
    sdpMid: string | null;
    sdpMLineIndex: number | null;
  }[] = [];
  readonly #transceivers: Transceiver[] = [];
  #restarting = false;
  /** The kinds of media that the offer under way covers. */
  #offered: string[] = [];
  #serial = 0;

  constructor(configuration: { iceServers: unknown[] }) {
    super();
    this.configuration = configuration;
    if (JSON.stringify(configuration).includes("unusable")) throw new SyntaxError("bad ICE server");
  }

  setConfiguration(configuration: { iceServers: unknown[] }): void {
    this.configuration = configuration;
  }

  getTransceivers(): Transceiver[] {
    return this.#transceivers;
  }

  addTrack(track: FakeTrack): Sender {
    const unused = this.#transceivers.find(
      ({ receiver, sender }) => receiver.track.kind === track.kind && sender.track === null,
    );
    const transceiver = unused ?? new Transceiver(track.kind, () => this.#need());
    if (unused === undefined) this.#transceivers.push(transceiver);
    transceiver.sender.track = track;
    transceiver.direction = "sendrecv";
    return transceiver.sender;
  }

  restartIce(): void {
    this.restarts += 1;
    this.#restarting = true;
    this.#need();
  }

  async setLocalDescription(): Promise<void> {
    await Promise.resolve();
    const answering = this.signalingState === "have-remote-offer";
    if (!answering && this.signalingState !== "stable") throw new Error("InvalidStateError");
    if (!answering) [this.#restarting, this.#offered] = [false, ["audio", "video"]];
    this.localDescription = {
      type: answering ? "answer" : "offer",
      sdp: `local-${++this.#serial}`,
    };
    this.signalingState = answering ? "stable" : "have-local-offer";
    if (answering) this.#stable();
  }

  async setRemoteDescription(description: Description): Promise<void> {
    await Promise.resolve();
    if (description.sdp === "bad") throw new Error("InvalidAccessError");
    if (description.type === "answer" && this.signalingState !== "have-local-offer")
      throw new Error("InvalidStateError");
    if (description.type === "offer") {
      if (this.signalingState === "have-local-offer") this.rollbacks += 1;
      this.#offered = ["audio", "video"].filter((kind) => description.sdp.includes(kind));
    }
    this.remoteDescription = description;
    for (const kind of ["audio", "video"]) {
      const known = this.#transceivers.find(({ receiver }) => receiver.track.kind === kind);
      if (description.sdp.includes(kind) && known === undefined) {
        this.#transceivers.push(new Transceiver(kind, () => this.#need(), "recvonly"));
      }
      if (description.sdp.includes(kind)) this.#fire("track", { track: new FakeTrack(kind) });
    }
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
    if (description.type === "answer") this.#stable();
  }

  async addIceCandidate(candidate: FakeConnection["candidates"][number]): Promise<void> {
    await Promise.resolve();
    if (this.remoteDescription === null)
      throw new Error("InvalidStateError: no remote description");
    if (candidate.candidate === "bad") throw new Error("OperationError");
    this.candidates.push(candidate);
  }

  close(): void {
    this.closed = true;
  }

  // The test's side

  connection(state: string): void {
    this.connectionState = state;
    this.#fire("connectionstatechange");
  }

  found(candidate: string | null): void {
    const details = { sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "u" };
    this.#fire("icecandidate", {
      candidate: candidate === null ? null : { candidate, ...details },
    });
  }

  #fire(type: string, details: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(type), details));
  }

  /**
   * As in the browser: fires only in the stable state, and only for what no negotiation has covered
   * yet.
   */
  #need(): void {
    queueMicrotask(() => {
      if (
        this.signalingState === "stable" &&
        (this.#restarting || this.#transceivers.some(({ settled }) => !settled))
      ) {
        this.#fire("negotiationneeded");
      }
    });
  }

  #stable(): void {
    for (const transceiver of this.#transceivers) {
      if (this.#offered.includes(transceiver.receiver.track.kind))
        transceiver.currentDirection = transceiver.direction;
    }
    this.#need();
  }
}

class Transceiver {
  readonly receiver: { track: FakeTrack };
  readonly sender: Sender = {
    track: null,
    replaceTrack(track) {
      this.track = track;
      return Promise.resolve();
    },
  };
  currentDirection: string | null = null;
  #direction: string;
  readonly #need: () => void;

  constructor(kind: string, need: () => void, direction = "new") {
    this.receiver = { track: new FakeTrack(kind) };
    this.#need = need;
    this.#direction = direction;
  }

  get settled(): boolean {
    return this.currentDirection === this.#direction;
  }

  get direction(): string {
    return this.#direction;
  }

  set direction(direction: string) {
    if (direction === this.#direction) return;
    this.#direction = direction;
    this.#need();
  }
}
