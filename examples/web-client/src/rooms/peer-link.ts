/**
 * One connection to one other member: perfect negotiation (W3C WebRTC, section 10.7), and a small data
 * channel that says whether microphone and camera are on.
 */

/** Whether somebody may be heard and seen. */
export interface MediaState {
  readonly microphone: boolean;
  readonly camera: boolean;
}

/** What goes to the other member by way of the service. */
export interface Signal {
  readonly description?: RTCSessionDescriptionInit;
  readonly candidate?: RTCIceCandidateInit | null;
}

export interface LinkSetup {
  readonly iceServers: RTCIceServer[];
  readonly stream: MediaStream;
  /** In a collision of offers, the polite side takes its own back. */
  readonly polite: boolean;
  /** Makes the first offer. The other side waits for it, so that a beginning is never a collision. */
  readonly begins: boolean;
  send(signal: Signal): void;
  changed(): void;
  state(): MediaState;
}

/** Loudness from which on somebody speaks; 1 is the loudest there is. */
const SPEAKING = 0.02;

/** A connection to one other member. */
export class PeerLink {
  readonly stream = new MediaStream();
  media: MediaState = { microphone: true, camera: true };
  readonly #setup: LinkSetup;
  readonly #connection: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #makingOffer = false;
  #ignoresOffer = false;
  /** Signals are applied one after the other: a candidate never overtakes its description. */
  #turn: Promise<void> = Promise.resolve();

  constructor(setup: LinkSetup) {
    this.#setup = setup;
    const connection = new RTCPeerConnection({ iceServers: setup.iceServers });
    this.#connection = connection;
    this.#channel = connection.createDataChannel("state", { negotiated: true, id: 0 });
    this.#channel.onopen = () => this.tell();
    this.#channel.onmessage = ({ data }) => {
      const { microphone, camera } = JSON.parse(String(data)) as Partial<MediaState>;
      this.media = { microphone: microphone !== false, camera: camera !== false };
      setup.changed();
    };
    connection.onnegotiationneeded = () => {
      if (setup.begins || connection.remoteDescription !== null) void this.#offer();
    };
    connection.onicecandidate = ({ candidate }) => {
      setup.send({ candidate: candidate?.toJSON() ?? null });
    };
    connection.ontrack = ({ track }) => {
      this.stream.addTrack(track);
      setup.changed();
    };
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed") connection.restartIce();
      setup.changed();
    };
    for (const track of setup.stream.getTracks()) connection.addTrack(track, setup.stream);
  }

  get state(): RTCPeerConnectionState {
    return this.#connection.connectionState;
  }

  /** Whether its microphone is heard just now. */
  get speaking(): boolean {
    return this.#connection
      .getReceivers()
      .filter(({ track }) => track.kind === "audio")
      .flatMap((receiver) => receiver.getSynchronizationSources())
      .some(({ audioLevel = 0 }) => audioLevel > SPEAKING);
  }

  /** Tells the other side whether microphone and camera are on. */
  tell(): void {
    if (this.#channel.readyState === "open")
      this.#channel.send(JSON.stringify(this.#setup.state()));
  }

  /** Takes what the other side sent. */
  receive(signal: Signal): void {
    this.#turn = this.#turn.then(() => this.#apply(signal)).catch(() => {});
  }

  /** Moves to fresh credentials: relays let go of connections whose credentials are over. */
  renew(iceServers: RTCIceServer[]): void {
    this.#connection.setConfiguration({ iceServers });
    this.#connection.restartIce();
  }

  close(): void {
    this.#connection.close();
  }

  async #offer(): Promise<void> {
    try {
      this.#makingOffer = true;
      await this.#describe();
    } finally {
      this.#makingOffer = false;
    }
  }

  async #describe(): Promise<void> {
    await this.#connection.setLocalDescription();
    const description = this.#connection.localDescription?.toJSON() as RTCSessionDescriptionInit;
    this.#setup.send({ description });
  }

  async #apply({ description, candidate }: Signal): Promise<void> {
    const connection = this.#connection;
    if (description === undefined) {
      await connection.addIceCandidate(candidate ?? undefined).catch((error: unknown) => {
        if (!this.#ignoresOffer) throw error;
      });
      return;
    }
    const isCollision =
      description.type === "offer" && (this.#makingOffer || connection.signalingState !== "stable");
    this.#ignoresOffer = !this.#setup.polite && isCollision;
    if (this.#ignoresOffer) return;
    await connection.setRemoteDescription(description);
    if (description.type === "offer") await this.#describe();
  }
}
