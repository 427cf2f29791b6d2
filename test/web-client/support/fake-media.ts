/** A track that knows whether it was stopped. */
export class FakeTrack extends EventTarget {
  readonly kind: string;
  enabled = true;
  stopped = false;

  constructor(kind: string) {
    super();
    this.kind = kind;
  }

  stop(): void {
    this.stopped = true;
  }
}

export class FakeStream {
  readonly #tracks = new Set<FakeTrack>();

  constructor(tracks: FakeTrack[] = []) {
    for (const track of tracks) this.addTrack(track);
  }

  addTrack(track: FakeTrack): void {
    this.#tracks.add(track);
  }

  removeTrack(track: FakeTrack): void {
    this.#tracks.delete(track);
  }

  getTracks(): FakeTrack[] {
    return [...this.#tracks];
  }
}

interface Asked {
  readonly kinds: string[];
  readonly give: () => void;
  readonly refuse: (name: string) => void;
}

/**
 * Microphone and camera. Answers at once, unless `hold` is set: then each request waits in `asked`.
 */
export class FakeDevices {
  hold = false;
  /** The DOMException name that requests for these kinds fail with. */
  fails: { kinds: string[]; name: string } | undefined;
  inputs = ["audioinput", "videoinput"];
  readonly handedOut: FakeTrack[] = [];
  readonly asked: Asked[] = [];

  async getUserMedia(constraints: Record<string, unknown>): Promise<FakeStream> {
    const kinds = Object.keys(constraints);
    if (this.fails !== undefined && this.fails.kinds.some((kind) => kinds.includes(kind))) {
      throw new DOMException("refused", this.fails.name);
    }
    if (this.hold) {
      await new Promise<void>((give, reject) => {
        this.asked.push({
          kinds,
          give,
          refuse: (name) => reject(new DOMException("refused", name)),
        });
      });
    }
    const tracks = kinds.map((kind) => new FakeTrack(kind));
    this.handedOut.push(...tracks);
    return new FakeStream(tracks);
  }

  enumerateDevices(): Promise<{ kind: string }[]> {
    return Promise.resolve(this.inputs.map((kind) => ({ kind })));
  }

  /** Kinds of the tracks still open. */
  open(): string[] {
    return this.handedOut.filter(({ stopped }) => !stopped).map(({ kind }) => kind);
  }
}
