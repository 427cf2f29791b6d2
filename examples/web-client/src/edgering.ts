/**
 * A complete edgering calls client in one file: no imports, browser interfaces only. Copy it into
 * any project.
 *
 * It keeps one WebSocket alive (back-off with full jitter, heartbeat) and resumes where a lost one
 * stopped (numbered events, repeated requests), runs the call (ring, answer, decline, hang up, two
 * people calling each other), negotiates media (RFC 9429 JSEP, RFC 8838 trickle ICE, the W3C
 * "perfect negotiation" pattern with the callee as the polite side) and always gives microphone and
 * camera back.
 *
 * ```ts
 * const client = new CallClient({ server: "https://calls.example.com", token });
 * client.on("change", ({ connection, call }) => render(connection, call));
 * client.on("ended", ({ code }) => show(code));
 * client.connect();
 * await client.call("bob", { video: true });
 * ```
 *
 * Sections: 1 what the application sees · 2 the browser, replaceable · 3 the socket · 4 microphone
 * and camera · 5 the peer connection · 6 the client. License: MIT.
 */

// ── 1. What the application sees ─────────────────────────────────────────────────────────────

/** A user as the service describes them. Only `user_id` is sure to be there. */
export interface UserInfo {
  readonly user_id: string;
  readonly name?: string;
  readonly username?: string;
  readonly image_profile?: string;
}

/**
 * Final until `connect()` is called again: a newer socket of this device took over (close 4001),
 * the token ran out (4002), the service refuses the token (401).
 */
export type FinalState = "replaced" | "expired" | "refused";

/** The socket's state. `waiting`: a retry is due shortly; `offline`: the browser has no network. */
export type ConnectionState = "idle" | "connecting" | "open" | "waiting" | "offline" | FinalState;

/**
 * Caller: preparing (asks for the microphone) → starting → ringing → connecting → connected.
 * Callee: incoming → answering → connecting → connected. `reconnecting`: media was connected and is
 * interrupted.
 */
export type Phase =
  | ("preparing" | "starting" | "ringing" | "incoming" | "answering")
  | ("connecting" | "connected" | "reconnecting");

/**
 * One call, as an immutable snapshot. The two streams keep their identity for as long as the call
 * lives.
 */
export interface Call {
  readonly sessionId: string | undefined;
  readonly role: "caller" | "callee";
  readonly phase: Phase;
  readonly peer: UserInfo;
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly remoteVideo: boolean;
  /** The other side has lost its connection to the service and may return. Media may still flow. */
  readonly peerAway: boolean;
  readonly localStream: MediaStream;
  readonly remoteStream: MediaStream;
  /** When media first flowed, in milliseconds since the epoch. */
  readonly connectedAt: number | undefined;
}

export interface ClientState {
  readonly connection: ConnectionState;
  readonly call: Call | undefined;
}

/**
 * Why a device could not be had. `media_unsupported`: no https (nor localhost), or a browser
 * without devices.
 */
export type MediaCode = `${"microphone" | "camera"}_${DeviceFault}` | "media_unsupported";
type DeviceFault = "refused" | "missing" | "busy";

/** The service's reasons and error codes. They may grow: show `message` for one you do not know. */
export type ServiceCode = ServiceReason | ServiceError;
type ServiceReason = `${"answered" | "declined"}_elsewhere` | "ended_by_user" | MissedReason;
type MissedReason = "peer_disconnected" | "no_answer" | "unreachable";
type ServiceError = "user_offline" | "user_busy" | "rate_limited" | "internal_error";

/**
 * Why a call ended. `rejected`: by us; `declined`: by the other side; `gone`: the service no longer
 * knows the call.
 */
export type EndCode = OwnEnd | FailedEnd | FinalState | ServiceCode | MediaCode;
type OwnEnd = "hung_up" | "rejected" | "declined" | "page_closed";
/** `media_failed`: the two browsers found no way to each other. */
type FailedEnd = "not_connected" | "connection_lost" | "gone" | "media_failed";

/** `message` and `retryAfter` (seconds) come from the service, when it gave them. */
export interface Problem<Code extends string = string> {
  readonly code: Code | (string & {});
  readonly message?: string;
  readonly retryAfter?: number;
}

/** The end of a call, and the call as it last was. Emitted once per call. */
export interface CallEnd extends Problem<EndCode> {
  readonly call: Call;
}

/** `problem`: something failed, but the call or the connection goes on. */
export interface ClientEvents {
  change: ClientState;
  ended: CallEnd;
  problem: Problem<MediaCode | "microphone_lost" | "negotiation_failed">;
}

export interface CallClientOptions {
  /**
   * The service: `https://…`, `http://…`, `wss://…` or `ws://…`. A path in front of `/ws` is kept.
   */
  readonly server: string;
  /** A JWT, or a function asked for one before every connection. */
  readonly token: string | (() => string | Promise<string>);
  /** This device's label, 1–128 characters. Keep it over reloads: one live socket per device. */
  readonly device?: string;
  /**
   * Fixed ICE servers. Without them the service is asked (`GET /ice-servers`), and public STUN is
   * the fallback.
   */
  readonly iceServers?: readonly RTCIceServer[];
  /**
   * Where a call waits while its page is reloaded: give `sessionStorage`. Without it, leaving the page
   * hangs up. With it, who closes the page for good is missed by the other side for the grace first.
   */
  readonly memory?: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Replaces parts of the browser, for tests. */
  readonly environment?: Partial<Environment>;
}

// ── 2. The browser, replaceable ──────────────────────────────────────────────────────────────

type WindowSign = "online" | "offline" | "pagehide" | "pageshow" | "visibilitychange";

/** Everything this file takes from the browser. */
const browser = () => ({
  WebSocket: globalThis.WebSocket,
  RTCPeerConnection: globalThis.RTCPeerConnection,
  MediaStream: globalThis.MediaStream,
  /** Undefined on pages that are neither on https nor on localhost. */
  mediaDevices: globalThis.navigator?.mediaDevices as MediaDevices | undefined,
  /** What the browser says of a permission; it may throw when it does not tell. */
  permission: async (name: "camera" | "microphone"): Promise<string> =>
    (await navigator.permissions.query({ name })).state,
  fetch: (url: string, init: RequestInit) => fetch(url, init),
  setTimeout: (run: () => void, milliseconds: number): unknown => setTimeout(run, milliseconds),
  clearTimeout: (handle: unknown) => clearTimeout(handle as number),
  random: Math.random,
  now: Date.now,
  online: () => navigator.onLine,
  /** Listens to the window or page; returns the function that stops listening. */
  listen: (sign: WindowSign, run: () => void) => {
    const target = sign === "visibilitychange" ? document : window;
    target.addEventListener(sign, run);
    return () => target.removeEventListener(sign, run);
  },
});

export type Environment = ReturnType<typeof browser>;

/** One restartable timer. */
const createTimer = (environment: Environment) => {
  let handle: unknown;
  const stop = () => environment.clearTimeout(handle);
  const start = (milliseconds: number, run: () => void) => {
    stop();
    handle = environment.setTimeout(run, milliseconds);
  };
  return { start, stop };
};

/** The promise's value, or the fallback when it fails or takes too long. */
const within = <T>(
  environment: Environment,
  milliseconds: number,
  promise: Promise<T>,
  fallback: T,
): Promise<T> => {
  const timer = createTimer(environment);
  const late = new Promise<T>((resolve) => timer.start(milliseconds, () => resolve(fallback)));
  return Promise.race([promise.catch(() => fallback), late]).finally(timer.stop);
};

// ── 3. The socket ────────────────────────────────────────────────────────────────────────────

/**
 * Milliseconds. Shorter in a call: the service keeps a call for a lost socket only for its grace,
 * some seconds.
 */
const TIMES = {
  backoffBase: 500,
  backoffCap: { idle: 20_000, call: 3_000 },
  /** Limits for what `welcome` asks: the first wait after the server went away, and the heartbeat. */
  spread: { idle: 30_000, call: 1_000 },
  heartbeat: { idle: 25_000, call: 5_000 },
  handshake: 10_000,
  pong: 4_000,
  reply: 12_000,
  request: 3_000,
  iceRestart: { caller: 2_000, callee: 5_000 },
  mediaGone: 45_000,
} as const;

const FINAL_CLOSE: Readonly<Record<number, FinalState>> = { 4001: "replaced", 4002: "expired" };
const GIVEN_UP = 4000;
/** Closes that are about this socket alone: nobody else comes back at the same time. */
const OWN_CLOSE: ReadonlySet<number> = new Set([GIVEN_UP, 4003, 1009]);
const MAX_TRIES = 3;

type Payload = Readonly<Record<string, unknown>>;

/** A frame whose result has not come yet: sent again on a new socket, and done once. */
interface Request {
  readonly ref: string;
  readonly type: string;
  readonly payload: Payload;
  readonly tries: number;
}

/** A frame of the service; `request` is the one that it answers. */
interface Frame {
  readonly type: string;
  readonly payload: Payload;
  readonly ref: string | undefined;
  readonly request: Request | undefined;
}

interface SignalHooks {
  state(state: ConnectionState): void;
  frame(frame: Frame): void;
  /** Whether a call is on. */
  busy(): boolean;
  /** What we missed is unknown; these calls of ours are alive. */
  startOver(calls: readonly Payload[]): void;
}

/** Where we stand in the service's numbered events, and the proof of it. */
interface Position {
  readonly epoch: unknown;
  readonly token: string;
  seq: number;
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const number = (value: unknown, fallback: number) => (typeof value === "number" ? value : fallback);
const record = (value: unknown) =>
  (typeof value === "object" && value !== null ? value : {}) as Payload;

/** A path of the service for this device: ws(s) for the socket, http(s) for requests. */
const endpoint = ({ server, device }: CallClientOptions, scheme: "ws" | "http", path = "/ws") => {
  const url = new URL(server);
  if (!/^(https?|wss?):$/.test(url.protocol)) {
    throw new TypeError("server must start with https://, http://, wss:// or ws://");
  }
  const secure = url.protocol === "https:" || url.protocol === "wss:" ? "s" : "";
  const prefix = url.pathname.replace(/\/+$/, "").replace(/\/ws$/, "");
  const there = new URL(`${scheme}${secure}://${url.host}${prefix}${path}`);
  if (device !== undefined) there.searchParams.set("device", device);
  return there;
};

/**
 * One WebSocket that comes back. The service numbers its events and sends those that we missed;
 * requests wait in the outbox until they have a result (every `ref` gets one), so what went into a
 * dying socket is sent again, in order, once the new one has caught up.
 */
const createSignal = (options: CallClientOptions, environment: Environment, hooks: SignalHooks) => {
  const retry = createTimer(environment);
  const beat = createTimer(environment);
  const deadline = createTimer(environment);
  const loopback = /^(localhost|127\..+|\[::1\])$/.test(endpoint(options, "ws").hostname);
  let socket: WebSocket | undefined;
  let listening = new AbortController();
  let turn = 0; // rises with every dial and loss, so that a late answer can tell it is late
  let attempt = 0;
  let serial = 0;
  let ready = false;
  let position: Position | undefined;
  let target = 0; // the event number to catch up with
  let asked = { heartbeat: TIMES.heartbeat.idle as number, spread: TIMES.backoffBase as number };
  let pinged = 0;
  let outbox: Request[] = [];
  let unlisten: (() => void)[] = [];

  const rhythm = () => (hooks.busy() ? "call" : "idle");
  const nextRef = () => `r${++serial}`;
  const token = async () =>
    (typeof options.token === "string" ? options.token : await options.token()).trim();
  const write = (type: string, payload: Payload, ref: string) =>
    socket?.send(JSON.stringify({ type, payload, ref }));
  const drop = (unwanted: (request: Request) => boolean) => {
    outbox = outbox.filter((request) => !unwanted(request));
  };

  /** Queues a frame, sends it if that is possible now, and returns its `ref`. */
  const send = (type: string, payload: Payload): string => {
    const request = { ref: nextRef(), type, payload, tries: 1 };
    outbox.push(request);
    if (ready) write(type, payload, request.ref);
    return request.ref;
  };

  /**
   * Sends a refused frame again later, some times, unless it is dropped meanwhile. Its `ref` is new:
   * the old one has its result.
   */
  const again = ({ tries, ...refused }: Request, milliseconds: number) => {
    if (tries >= MAX_TRIES) return;
    const request = { ...refused, ref: nextRef(), tries: tries + 1 };
    outbox.push(request);
    environment.setTimeout(() => {
      if (ready && outbox.includes(request)) write(request.type, request.payload, request.ref);
    }, milliseconds);
  };

  const detach = (code: number) => {
    turn += 1;
    ready = false;
    for (const timer of [retry, beat, deadline]) timer.stop();
    listening.abort();
    socket?.close(code);
    socket = undefined;
  };

  /** Closes for good; `state` says why. Without a code of 1000 a call that rings goes on for the grace. */
  const disconnect = (state: ConnectionState = "idle", code = 1000) => {
    for (const stop of unlisten.splice(0)) stop();
    outbox = [];
    position = undefined;
    detach(code);
    hooks.state(state);
  };

  /**
   * A browser hides why a handshake failed. The same request without an upgrade tells: 401 is a
   * refused token.
   */
  const tokenRefused = async (): Promise<boolean> => {
    const headers = { authorization: `Bearer ${await token()}` };
    return (await environment.fetch(endpoint(options, "http").href, { headers })).status === 401;
  };

  const lost = async (code: number, opened: boolean) => {
    detach(GIVEN_UP);
    const final = FINAL_CLOSE[code];
    if (final !== undefined) return disconnect(final);
    const mine = turn;
    hooks.state("waiting");
    const refused = !opened && (await within(environment, TIMES.request, tokenRefused(), false));
    if (mine !== turn) return;
    if (refused) return disconnect("refused");
    if (!environment.online() && !loopback) return hooks.state("offline"); // `online` ends the wait
    // A server that goes away takes everybody's socket along. Else exponential back-off. Both with
    // full jitter: a random time below the limit.
    const limit =
      attempt === 0 && opened && !OWN_CLOSE.has(code)
        ? Math.min(TIMES.spread[rhythm()], asked.spread)
        : Math.min(TIMES.backoffCap[rhythm()], TIMES.backoffBase * 2 ** attempt);
    attempt += 1;
    retry.start(environment.random() * limit, () => void dial());
  };
  const giveUp = () => void lost(GIVEN_UP, true);

  /** Pings now; a socket that stays silent is given up. */
  const check = () => {
    if (socket?.readyState !== 1) return;
    socket.send("ping");
    pinged = environment.now();
    deadline.start(TIMES.pong, giveUp);
  };

  /** Once all that was missed has come, it is known which requests still have no result. */
  const flush = () => {
    if (ready || position === undefined || position.seq < target) return;
    ready = true;
    attempt = 0;
    retry.stop();
    for (const { type, payload, ref } of outbox) write(type, payload, ref);
    hooks.state("open");
  };

  const welcome = (payload: Payload) => {
    const { epoch, calls } = payload;
    const resumed = payload["resumed"] === true && epoch === position?.epoch;
    target = number(payload["seq"], 0);
    const seq = resumed ? (position?.seq ?? 0) : target;
    position = { epoch, token: text(payload["resume_token"]) ?? "", seq };
    asked = {
      heartbeat: number(payload["heartbeat_seconds"], 25) * 1000,
      spread: number(payload["reconnect_jitter_ms"], 0),
    };
    if (!resumed) hooks.startOver(Array.isArray(calls) ? calls.map(record) : []);
  };

  const handle = (frame: Payload) => {
    const [type, ref, seq] = [text(frame["type"]), text(frame["ref"]), frame["seq"]];
    const payload = record(frame["payload"]);
    if (type === undefined) return;
    if (type === "welcome") welcome(payload);
    else if (position !== undefined && typeof seq === "number") {
      if (seq <= position.seq) return;
      position.seq = seq;
    }
    const request = outbox.find((waiting) => waiting.ref === ref);
    drop((waiting) => waiting === request);
    hooks.frame({ type, payload, ref, request });
    flush();
  };

  const receive = (data: unknown) => {
    deadline.stop();
    try {
      if (typeof data === "string" && data !== "pong") handle(record(JSON.parse(data)));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error; // not JSON: not ours to understand
    }
    if (socket === undefined) return;
    const due = pinged + Math.min(TIMES.heartbeat[rhythm()], asked.heartbeat);
    beat.start(Math.max(0, due - environment.now()), check);
  };

  const dial = async () => {
    detach(GIVEN_UP);
    const mine = turn;
    hooks.state("connecting");
    deadline.start(TIMES.handshake, giveUp);
    const jwt = await token().catch(() => undefined);
    if (mine !== turn) return;
    if (jwt === undefined) {
      giveUp();
      return;
    }
    const url = endpoint(options, "ws");
    url.searchParams.set("token", jwt);
    url.searchParams.set("resume", "1");
    if (position !== undefined) {
      url.searchParams.set("resume_token", position.token);
      url.searchParams.set("seq", String(position.seq));
    }
    try {
      socket = new environment.WebSocket(url.href);
    } catch {
      giveUp(); // such as ws: from a page on https:
      return;
    }
    let open = false;
    listening = new AbortController();
    const { signal } = listening;
    const onOpen = () => {
      open = true;
      check();
      retry.start(TIMES.reply, giveUp); // until we have caught up
    };
    socket.addEventListener("open", onOpen, { signal });
    socket.addEventListener("message", ({ data }) => receive(data), { signal });
    socket.addEventListener("close", ({ code }) => void lost(code, open), { signal });
  };

  const hurry = () => {
    if (socket !== undefined) return check();
    attempt = 0;
    void dial();
  };

  const connect = () => {
    if (unlisten.length > 0) return;
    unlisten = [
      environment.listen("online", hurry),
      environment.listen("visibilitychange", hurry),
      environment.listen("offline", check),
    ];
    attempt = 0;
    void dial();
  };

  return { connect, disconnect, send, again, drop, token };
};

// ── 4. Microphone and camera ─────────────────────────────────────────────────────────────────

type Kind = "audio" | "video";

const CONSTRAINTS: Readonly<Record<Kind, MediaTrackConstraints>> = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } },
};

/**
 * The local tracks of one call. After `release` nothing stays open, not even what the browser hands
 * over later.
 */
const createMedia = (environment: Environment, lost: (kind: Kind) => void) => {
  const stream = new environment.MediaStream();
  let released = false;
  const track = (kind: Kind) => stream.getTracks().find((candidate) => candidate.kind === kind);

  /** Opens devices; throws what `getUserMedia` throws. */
  const open = async (kinds: readonly Kind[]) => {
    const devices = environment.mediaDevices;
    if (devices === undefined) throw new TypeError("no media devices");
    const given = await devices.getUserMedia(
      Object.fromEntries(kinds.map((kind) => [kind, CONSTRAINTS[kind]])),
    );
    for (const fresh of given.getTracks()) {
      stream.addTrack(fresh);
      // Unplugged, or the permission was taken back. Our own stop() does not cause it.
      fresh.addEventListener("ended", () => lost(fresh.kind as Kind));
    }
    if (released) close("audio", "video");
  };

  const close = (...kinds: readonly Kind[]) => {
    for (const old of stream.getTracks()) {
      if (!kinds.includes(old.kind as Kind)) continue;
      old.stop();
      stream.removeTrack(old);
    }
  };

  const release = () => {
    released = true;
    close("audio", "video");
  };

  return { stream, track, open, close, release };
};

const DEVICE_FAULTS: Readonly<Record<string, DeviceFault>> = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Names why a device could not be had, from what `getUserMedia` threw. */
export const deviceCode = (error: unknown, kind: Kind): MediaCode => {
  const fault = DEVICE_FAULTS[String(record(error)["name"])];
  if (fault === undefined) return "media_unsupported";
  return `${kind === "audio" ? "microphone" : "camera"}_${fault}`;
};

/**
 * Names what failed. `getUserMedia` does not say which of two devices it was, so the browser is
 * asked; when it does not tell either, the camera is blamed, because going on without it is the way
 * that may still work.
 */
const mediaCode = async (
  { permission, mediaDevices }: Environment,
  error: unknown,
  kinds: readonly Kind[],
): Promise<MediaCode> => {
  const fault = DEVICE_FAULTS[String(record(error)["name"])];
  if (fault === undefined) return "media_unsupported";
  const microphoneFailed = async () => {
    if (kinds.length === 1) return kinds[0] === "audio";
    if (fault === "refused") return (await permission("microphone")) === "denied";
    const devices = await mediaDevices?.enumerateDevices();
    return fault === "missing" && devices?.some(({ kind }) => kind === "audioinput") === false;
  };
  return deviceCode(error, (await microphoneFailed().catch(() => false)) ? "audio" : "video");
};

// ── 5. The peer connection ───────────────────────────────────────────────────────────────────

interface LinkSetup {
  /** The polite side gives way when two offers meet. */
  readonly polite: boolean;
  readonly local: MediaStream;
  readonly remote: MediaStream;
  /** The call was taken up after a reload: this side offers first, whatever its role. */
  readonly again: boolean;
  /** The certificate of the other side's connection to the page before the reload. */
  readonly heard: string | undefined;
  iceServers(): Promise<RTCIceServer[]>;
  send(type: string, payload: Payload): void;
  connection(state: RTCPeerConnectionState): void;
  remoteVideo(on: boolean): void;
  /** A step went wrong; `fatal`: there is no connection at all. */
  failed(fatal: boolean): void;
}

const receivesVideo = (connection: RTCPeerConnection) => {
  const receiving = connection
    .getTransceivers()
    .filter((one) => /recv/.test(one.currentDirection ?? ""));
  return receiving.some(({ receiver }) => receiver.track.kind === "video");
};

/**
 * A candidate that is refused belongs to an offer we ignored or a path given up: the others decide.
 */
const addCandidate = (to: RTCPeerConnection, init: RTCIceCandidateInit) =>
  to.addIceCandidate(init).catch(() => undefined);

/**
 * The certificate that a description names (RFC 8122). A connection has one for life, so another one
 * means that the other side has begun a new connection.
 */
const certificateIn = (sdp: string) => /^a=fingerprint:(.*\S)/m.exec(sdp)?.[1]?.toLowerCase();

/**
 * One RTCPeerConnection at a time and its negotiation. All steps run one after another, so an incoming offer
 * meets either a stable connection or our own pending offer, never a half-done step; the latter is
 * the collision in which the polite side gives way.
 */
const createLink = (environment: Environment, setup: LinkSetup) => {
  const { polite } = setup;
  let listening = new AbortController();
  let senders: Partial<Record<Kind, RTCRtpSender>> = {};
  const tracks: Partial<Record<Kind, MediaStreamTrack | undefined>> = {};
  const early: RTCIceCandidateInit[] = [];
  let connection: RTCPeerConnection | undefined;
  let closed = false;
  // The callee adds its tracks to the caller's first offer, so that a simple call needs one offer
  // only.
  let started = !polite || setup.again;
  /** The other side's certificate: of the connection to ours, and of one to the page before ours. */
  let known: string | undefined;
  let former = setup.heard;
  let steps: Promise<void> = setup
    .iceServers()
    .then((servers) => {
      if (closed) return;
      connection = listenTo(new environment.RTCPeerConnection({ iceServers: servers }));
    })
    .catch(() => setup.failed(true));

  const step = (run: (connection: RTCPeerConnection) => Promise<void> | void) => {
    const guarded = async () => {
      if (connection === undefined || closed) return;
      await run(connection);
      if (!closed) setup.remoteVideo(receivesVideo(connection));
    };
    steps = steps.then(guarded).catch(() => {
      if (!closed) setup.failed(false);
    });
  };

  const describe = async (to: RTCPeerConnection) => {
    await to.setLocalDescription();
    const { type, sdp } = to.localDescription ?? {};
    if (!closed) setup.send(`webrtc.${type}`, { sdp });
  };

  const apply = async (to: RTCPeerConnection, kind: Kind) => {
    const [track, sender] = [tracks[kind] ?? null, senders[kind]];
    if (sender === undefined) {
      if (track !== null) senders[kind] = to.addTrack(track, setup.local);
    } else if (sender.track !== track) {
      await sender.replaceTrack(track);
      const own = to.getTransceivers().find((transceiver) => transceiver.sender === sender);
      if (own !== undefined) own.direction = track === null ? "recvonly" : "sendrecv";
    }
  };

  /** Begins anew, for another side that has: its offer fits no connection that was made before. */
  const replace = async (): Promise<RTCPeerConnection | undefined> => {
    const iceServers = await setup.iceServers();
    if (closed) return undefined;
    listening.abort();
    connection?.close();
    listening = new AbortController();
    senders = {};
    for (const track of setup.remote.getTracks()) setup.remote.removeTrack(track);
    connection = listenTo(new environment.RTCPeerConnection({ iceServers }));
    return connection;
  };

  const listenTo = (to: RTCPeerConnection): RTCPeerConnection => {
    const { signal } = listening;
    to.addEventListener("track", ({ track }) => setup.remote.addTrack(track), { signal });
    const changed = () => setup.connection(to.connectionState);
    to.addEventListener("connectionstatechange", changed, { signal });
    // While our offer is under way nothing is due: the browser asks again when its answer is in.
    const negotiate = () => (started && to.signalingState === "stable" ? describe(to) : undefined);
    to.addEventListener("negotiationneeded", () => step(negotiate), { signal });
    const tell = ({ candidate: found }: RTCPeerConnectionIceEvent) => {
      if (found === null || found.candidate === "") return;
      const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = found;
      // As a step it follows its description: simple clients lose a candidate that comes first.
      step(() => setup.send("webrtc.ice", { candidate, sdpMid, sdpMLineIndex, usernameFragment }));
    };
    to.addEventListener("icecandidate", tell, { signal });
    return to;
  };

  return {
    /** Sends this track from now on, or none of its kind; renegotiates when that needs it. */
    setTrack: (kind: Kind, track: MediaStreamTrack | undefined) => {
      tracks[kind] = track;
      step((to) => (started ? apply(to, kind) : undefined));
    },

    /** Takes a remote description, and answers an offer. */
    description: (type: "offer" | "answer", sdp: string) =>
      step(async (current) => {
        const theirs = certificateIn(sdp);
        const tells = type === "offer" && theirs !== undefined;
        if (tells && theirs === former) return; // meant for the page before the reload
        const anew = tells && known !== undefined && theirs !== known;
        const to = anew ? await replace() : current;
        if (to === undefined) return;
        const stable = to.signalingState === "stable";
        // A repeated answer, or a collision that we win.
        if (type === "answer" ? stable : !stable && !polite) return;
        await to.setRemoteDescription({ type, sdp });
        [known, former] = [theirs, undefined];
        for (const init of early.splice(0)) await addCandidate(to, init);
        if (type === "answer") return;
        started = true;
        await apply(to, "audio");
        await apply(to, "video");
        await describe(to);
      }),

    /** Takes a remote candidate. An empty one is the end of candidates and needs no action. */
    candidate: (payload: Payload) => {
      const [candidate, sdpMid] = [text(payload["candidate"]), text(payload["sdpMid"])];
      const index = payload["sdpMLineIndex"];
      if (candidate === undefined) return;
      const init = {
        candidate,
        sdpMid: sdpMid ?? null,
        // Some clients name no media line: with BUNDLE the first one carries all.
        sdpMLineIndex: typeof index === "number" ? index : sdpMid === undefined ? 0 : null,
        usernameFragment: text(payload["usernameFragment"]) ?? null,
      };
      step((to) => (to.remoteDescription ? addCandidate(to, init) : void early.push(init)));
    },

    /** Finds a new path after a network change: fresh ICE servers, then an ICE restart. */
    restart: () =>
      step(async (to) => {
        to.setConfiguration({ iceServers: await setup.iceServers() });
        to.restartIce();
      }),

    /** The certificate of the other side's connection, once it is known. */
    heard: () => known ?? former,

    close: () => {
      closed = true;
      listening.abort();
      connection?.close();
    },
  };
};

// ── 6. The client ────────────────────────────────────────────────────────────────────────────

const FALLBACK_ICE: RTCIceServer = { urls: "stun:stun.cloudflare.com:3478" };

/** Where a call waits in `CallClientOptions.memory`, and what is kept of it. */
const MEMORY_KEY = "edgering.call";
type Kept = Pick<Call, "peer" | "microphone" | "camera"> & {
  readonly sessionId: string;
  readonly connectedAt?: number;
  /** The certificate of the other side's connection. */
  readonly heard?: string;
};

/** What belongs to one call and dies with it. */
interface Live {
  call: Call;
  readonly media: ReturnType<typeof createMedia>;
  readonly restart: ReturnType<typeof createTimer>;
  readonly patience: ReturnType<typeof createTimer>;
  readonly renewal: ReturnType<typeof createTimer>;
  link?: ReturnType<typeof createLink>;
  /** The `ref` of our `call.start`. */
  startRef?: string;
  /** The callee has sent `call.accept`, or the call was taken up after a reload. */
  accepted?: boolean;
  /** What the page before the reload has left. */
  kept?: Kept;
  /** The user is asked for a device in the middle of the call. */
  opening?: boolean;
  networkChanged?: boolean;
}

/**
 * A user's calls. `state` is an immutable snapshot that changes with every `change` event. Methods
 * do not throw for what the network or the other side does: that arrives as `ended` (the call is
 * over) or `problem` (it goes on).
 */
export class CallClient {
  readonly #environment: Environment;
  readonly #options: CallClientOptions;
  readonly #signal: ReturnType<typeof createSignal>;
  readonly #listeners: { [K in keyof ClientEvents]: Set<(event: ClientEvents[K]) => void> };
  #state: ClientState = { connection: "idle", call: undefined };
  #live: Live | undefined;
  #waitingRing: Payload | undefined;
  #ice: { servers: Promise<RTCIceServer[]>; until: number } | undefined;
  /** Half the lifetime of the service's ICE servers, in milliseconds. */
  #iceLifetime: number | undefined;
  #unlisten: (() => void)[] = [];

  /** Throws a TypeError when `server` is not a usable address. Opens nothing until `connect()`. */
  constructor(options: CallClientOptions) {
    this.#options = options;
    this.#environment = { ...browser(), ...options.environment };
    this.#listeners = { change: new Set(), ended: new Set(), problem: new Set() };
    this.#signal = createSignal(options, this.#environment, {
      state: (connection) => this.#connectionChanged(connection),
      frame: (frame) => this.#frame(frame),
      busy: () => this.#live !== undefined,
      startOver: (calls) => this.#startOver(calls),
    });
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Listens; returns the function that stops listening. */
  on<K extends keyof ClientEvents>(
    type: K,
    listener: (event: ClientEvents[K]) => void,
  ): () => void {
    this.#listeners[type].add(listener);
    return () => void this.#listeners[type].delete(listener);
  }

  /** Connects and stays connected until `disconnect()`, or until the service closes for good. */
  connect(): void {
    if (this.#unlisten.length === 0) {
      this.#unlisten = [
        this.#environment.listen("pagehide", () => this.#pageLeft()),
        this.#environment.listen("pageshow", () => this.#signal.connect()),
        this.#environment.listen("online", () => this.#restartMedia(true)),
      ];
    }
    this.#signal.connect();
  }

  /** Ends a call in progress and closes the socket. */
  disconnect(): void {
    for (const stop of this.#unlisten.splice(0)) stop();
    this.#leave("hung_up");
  }

  /**
   * Calls a user, unless a call is on. Asks for microphone and camera first, so that a refusal
   * rings nobody.
   */
  async call(userId: string, { video = false } = {}): Promise<void> {
    if (this.#live !== undefined) return;
    const live = this.#begin({ user_id: userId }, "caller", "preparing");
    void this.#iceServers(); // fetched while the user answers the browser's question
    const failure = await this.#open(live, video ? ["audio", "video"] : ["audio"]);
    if (this.#over(live)) return;
    if (failure !== undefined) return this.#end(failure);
    if (this.#state.connection !== "open") return this.#end("not_connected");
    this.#patch(live, { phase: "starting" });
    live.startRef = this.#signal.send("call.start", { callee_id: userId, glare: "join" });
    live.patience.start(TIMES.reply, () => this.#end("connection_lost"));
  }

  /**
   * Answers the incoming call. When the microphone or camera fails, it keeps ringing and a
   * `problem` says why.
   */
  async accept({ video = false } = {}): Promise<void> {
    const live = this.#live;
    if (live === undefined || live.call.phase !== "incoming") return;
    this.#patch(live, { phase: "answering" });
    void this.#iceServers();
    const failure = await this.#open(live, video ? ["audio", "video"] : ["audio"]);
    if (this.#over(live)) return;
    if (failure !== undefined) {
      this.#patch(live, { phase: "incoming" });
      return this.#emit("problem", { code: failure });
    }
    live.accepted = true;
    this.#signal.send("call.accept", { session_id: live.call.sessionId });
  }

  /** Ends the call, whatever its phase: hangs up, cancels, or declines. */
  hangUp(): void {
    this.#finish(this.#live?.call.phase === "incoming" ? "rejected" : "hung_up");
  }

  /**
   * Mutes and unmutes. A microphone that was lost in the call is opened again; a failure arrives as
   * `problem`.
   */
  async setMicrophone(on: boolean): Promise<void> {
    const live = this.#live;
    if (live === undefined || live.opening === true) return;
    const track = live.media.track("audio");
    if (track === undefined)
      return on && live.link !== undefined ? this.#add(live, "audio") : undefined;
    track.enabled = on;
    this.#patch(live, { microphone: on });
  }

  /**
   * Switches the camera on or really off (its light too), also in an audio call. A failure arrives
   * as `problem`.
   */
  async setCamera(on: boolean): Promise<void> {
    const live = this.#live;
    if (live === undefined || live.opening === true || on === live.call.camera) return;
    if (on) return this.#add(live, "video");
    live.media.close("video");
    live.link?.setTrack("video", undefined);
    this.#patch(live, { camera: false });
  }

  // What the service says ───────────────────────────────────────────────────────────────────

  #frame(frame: Frame): void {
    const { type, payload } = frame;
    const [live, sessionId] = [this.#live, text(payload["session_id"])];
    if (type === "error") return this.#refused(frame);
    if (type === "ack" && frame.request?.type === "call.accept") return this.#established();
    if (sessionId === undefined) return;
    if (type === "call.ring") return this.#ring(payload, sessionId);
    if (type === "call.ringing" || type === "call.joined") return this.#started(frame, sessionId);
    const waiting = this.#waitingRing?.["session_id"] === sessionId;
    if (waiting && type === "call.ended") this.#waitingRing = undefined;
    if (sessionId !== live?.call.sessionId) {
      // A call this page knows nothing of, such as one from before a crash: let the other side go.
      if (type === "call.resumed") this.#signal.send("call.end", { session_id: sessionId });
    } else if (type === "call.resumed") {
      if (payload["state"] === "accepted") this.#established();
    } else if (type === "call.accepted") {
      this.#patch(live, { peer: userInfo(payload["callee_info"], live.call.peer.user_id) });
      this.#established();
    } else if (type === "call.rejected") this.#end("declined");
    else if (type === "call.ended") this.#end(text(payload["reason"]) ?? "ended_by_user");
    else if (type === "call.peer_reconnecting") this.#patch(live, { peerAway: true });
    else if (type === "call.peer_reconnected") this.#patch(live, { peerAway: false });
    else if (type.startsWith("webrtc.")) this.#webrtc(live, type, payload);
  }

  #ring(payload: Payload, sessionId: string): void {
    const current = this.#live?.call;
    // Until our own call has a session, this ring may be the one that survives. Afterwards we are
    // not rung, or it is the same.
    if (current !== undefined && current.sessionId === undefined) this.#waitingRing = payload;
    if (current !== undefined) return;
    const caller = userInfo(payload["caller_info"], text(payload["caller_id"]) ?? "");
    this.#begin(caller, "callee", "incoming", sessionId);
  }

  #started({ type, payload, ref }: Frame, sessionId: string): void {
    const live = this.#live;
    if (live?.startRef === undefined || live.startRef !== ref) {
      // We gave up before the service had answered.
      const current = live?.call.sessionId === sessionId;
      if (!current) this.#signal.send("call.end", { session_id: sessionId });
      return;
    }
    live.patience.stop();
    this.#waitingRing = undefined;
    if (type === "call.ringing") return this.#patch(live, { sessionId, phase: "ringing" });
    // Both called each other: the other's call survives, and we are its callee.
    const peer = userInfo(payload["caller_info"], live.call.peer.user_id);
    this.#patch(live, { sessionId, role: "callee", peer });
    this.#established();
  }

  /** What we missed will not come; a call that still rings for us is rung again. */
  #startOver(calls: readonly Payload[]): void {
    this.#waitingRing = undefined;
    if (this.#live === undefined) this.#takeUp(calls);
    const live = this.#live;
    if (live?.call.sessionId === undefined) return;
    const known = calls.find((call) => call["session_id"] === live.call.sessionId);
    if (known === undefined) return this.#end("gone");
    this.#patch(live, { peerAway: false });
    // An accept of ours that is still waiting is sent again, and its answer tells who won.
    if (known["state"] === "accepted" && live.accepted !== true) this.#established();
  }

  /** Returns to the call that the page was in before it was reloaded, if that call lives. */
  #takeUp(calls: readonly Payload[]): void {
    const kept = this.#recall();
    if (kept === undefined) return;
    const { sessionId, peer, microphone, camera, connectedAt } = kept;
    const known = calls.find((call) => call["session_id"] === sessionId && call["here"] === true);
    const role = known?.["role"] === "callee" ? "callee" : "caller";
    const interrupted = connectedAt === undefined ? "connecting" : "reconnecting";
    const phase = known?.["state"] === "ringing" ? "ringing" : interrupted;
    const live = this.#begin(peer, role, phase, sessionId);
    this.#patch(live, { microphone, camera, connectedAt });
    if (known === undefined) return this.#end("gone");
    Object.assign(live, { accepted: true, kept, opening: true });
    void this.#reopen(live, kept);
  }

  /** Opens what was open before the reload. A call without a microphone is none, so it ends then. */
  async #reopen(live: Live, { microphone, camera }: Kept): Promise<void> {
    const servers = this.#iceServers();
    let failure = await this.#open(live, camera ? ["audio", "video"] : ["audio"]);
    if (this.#over(live)) return;
    if (failure?.startsWith("camera_")) {
      this.#patch(live, { camera: false });
      this.#emit("problem", { code: failure });
      failure = await this.#open(live, ["audio"]);
      if (this.#over(live)) return;
    }
    if (failure !== undefined) return this.#finish(failure);
    live.opening = false;
    void this.setMicrophone(microphone);
    live.link?.setTrack("audio", live.media.track("audio"));
    live.link?.setTrack("video", live.media.track("video"));
    await servers;
    if (!this.#over(live)) this.#renewLater(live);
  }

  /** Takes what the page before this one has left, once. */
  #recall(): Kept | undefined {
    const { memory } = this.#options;
    const left = memory?.getItem(MEMORY_KEY);
    if (memory === undefined || typeof left !== "string") return undefined;
    memory.removeItem(MEMORY_KEY);
    return JSON.parse(left) as Kept;
  }

  /** Both sides are in: opens the peer connection. Safe to call again. */
  #established(): void {
    const live = this.#live;
    if (live === undefined || live.link !== undefined) return;
    const { role, sessionId, localStream, remoteStream } = live.call;
    if (live.accepted !== true && live.startRef === undefined)
      return this.#end("answered_elsewhere");
    this.#signal.drop((request) => request.type === "call.accept");
    live.link = createLink(this.#environment, {
      polite: role === "callee",
      again: live.kept !== undefined,
      heard: live.kept?.heard,
      local: localStream,
      remote: remoteStream,
      iceServers: () => this.#iceServers(),
      send: (type, payload) => void this.#signal.send(type, { session_id: sessionId, ...payload }),
      connection: (state) => this.#mediaChanged(live, state),
      remoteVideo: (remoteVideo) => this.#patch(live, { remoteVideo }),
      failed: (fatal) =>
        fatal
          ? this.#finish("media_failed")
          : this.#emit("problem", { code: "negotiation_failed" }),
    });
    live.link.setTrack("audio", live.media.track("audio"));
    live.link.setTrack("video", live.media.track("video"));
    live.patience.start(TIMES.mediaGone, () => this.#finish("media_failed"));
    if (live.call.phase !== "reconnecting") this.#patch(live, { phase: "connecting" });
  }

  #webrtc(live: Live, type: string, payload: Payload): void {
    if (live.accepted === true) this.#established(); // signaling comes only to the device that won
    const sdp = text(payload["sdp"]);
    if (type === "webrtc.ice") live.link?.candidate(payload);
    else if (type === "webrtc.offer" && sdp !== undefined) live.link?.description("offer", sdp);
    else if (type === "webrtc.answer" && sdp !== undefined) {
      this.#signal.drop((request) => request.type === "webrtc.offer"); // answered: it arrived
      live.link?.description("answer", sdp);
    }
  }

  #refused({ payload, ref, request }: Frame): void {
    const live = this.#live;
    const [code, message] = [text(payload["code"]) ?? "internal_error", text(payload["message"])];
    const given = payload["retry_after"];
    const retryAfter = typeof given === "number" ? given : undefined;
    const problem = { code, ...(message && { message }), ...(retryAfter && { retryAfter }) };
    const passing = code === "rate_limited" || code === "internal_error";
    const current = live !== undefined && request?.payload["session_id"] === live.call.sessionId;
    if (ref === undefined) this.#emit("problem", problem);
    else if (request === undefined) return; // of something we no longer want
    else if (request.type === "call.start") {
      if (live?.startRef === request.ref) this.#end(problem);
    } else if (passing && request.type !== "call.accept") {
      this.#signal.again(request, (retryAfter ?? 1) * 1000);
    } else if (!current) return;
    else if (code === "session_not_found") this.#end("gone");
    else if (request.type !== "call.accept" || live.link !== undefined)
      this.#emit("problem", problem);
    else if (!passing) this.#end(code === "invalid_state" ? "answered_elsewhere" : problem);
    else {
      live.accepted = false;
      live.media.close("audio", "video");
      this.#patch(live, { phase: "incoming", microphone: false, camera: false });
      this.#emit("problem", problem);
    }
  }

  // What happens here ───────────────────────────────────────────────────────────────────────

  #connectionChanged(connection: ConnectionState): void {
    this.#set({ ...this.#state, connection });
    const final = connection === "replaced" || connection === "expired" || connection === "refused";
    if (final) this.#end(connection);
    else if (connection === "open") this.#restartMedia(false);
  }

  /**
   * Restarts ICE if the network changed or media does not flow: at once, or when the socket is
   * back.
   */
  #restartMedia(networkChanged: boolean): void {
    const live = this.#live;
    if (live === undefined) return;
    live.networkChanged ||= networkChanged;
    const due = live.networkChanged || live.call.phase !== "connected";
    if (!due || this.#state.connection !== "open") return;
    live.networkChanged = false;
    live.link?.restart();
  }

  #mediaChanged(live: Live, state: RTCPeerConnectionState): void {
    live.restart.stop();
    if (state === "connected") {
      live.patience.stop();
      const connectedAt = live.call.connectedAt ?? this.#environment.now();
      if (live.call.connectedAt === undefined) this.#renewLater(live);
      this.#patch(live, { phase: "connected", connectedAt });
    } else if (state === "disconnected" || state === "failed") {
      if (live.call.phase === "connected") {
        live.patience.start(TIMES.mediaGone, () =>
          this.#finish(this.#state.connection === "open" ? "media_failed" : "connection_lost"),
        );
        this.#patch(live, { phase: "reconnecting" });
      }
      // The caller first: when both restart at once, one of the two offers is for nothing.
      const delay = state === "failed" ? 0 : TIMES.iceRestart[live.call.role];
      live.restart.start(delay, () => this.#restartMedia(true));
    }
  }

  /**
   * A relay lets go of a connection whose credentials are over, so a long call moves to fresh ones at
   * half their lifetime.
   */
  #renewLater(live: Live): void {
    if (this.#iceLifetime === undefined) return;
    live.renewal.start(this.#iceLifetime, () => {
      live.link?.restart();
      this.#renewLater(live);
    });
  }

  /** Opens devices for the call. The outcome is why it failed, or nothing. */
  async #open(live: Live, kinds: readonly Kind[]): Promise<MediaCode | undefined> {
    try {
      await live.media.open(kinds);
    } catch (error) {
      return mediaCode(this.#environment, error, kinds);
    }
    if (kinds.includes("audio")) this.#patch(live, { microphone: true });
    if (kinds.includes("video")) this.#patch(live, { camera: true });
    return undefined;
  }

  /** Opens one device in the middle of the call. */
  async #add(live: Live, kind: Kind): Promise<void> {
    live.opening = true;
    const failure = await this.#open(live, [kind]);
    live.opening = false;
    if (this.#over(live)) return;
    if (failure !== undefined) return this.#emit("problem", { code: failure });
    live.link?.setTrack(kind, live.media.track(kind));
  }

  #deviceLost(live: Live, kind: Kind): void {
    if (kind === "video") return void this.setCamera(false);
    live.media.close("audio");
    live.link?.setTrack("audio", undefined);
    this.#patch(live, { microphone: false });
    this.#emit("problem", { code: "microphone_lost" });
  }

  /**
   * The service's ICE servers, asked for again at half their lifetime. Any failure means public
   * STUN, in silence.
   */
  #iceServers(): Promise<RTCIceServer[]> {
    const now = this.#environment.now();
    const { iceServers } = this.#options;
    if (iceServers !== undefined) return Promise.resolve([...iceServers]);
    if (this.#ice !== undefined && this.#ice.until > now) return this.#ice.servers;
    const asked = this.#fetchIceServers();
    const servers = within(this.#environment, TIMES.request, asked, [FALLBACK_ICE]);
    this.#ice = { servers, until: now + 30_000 };
    return servers;
  }

  async #fetchIceServers(): Promise<RTCIceServer[]> {
    const { href } = endpoint(this.#options, "http", "/ice-servers");
    const headers = { authorization: `Bearer ${await this.#signal.token()}` };
    const response = await this.#environment.fetch(href, { headers });
    const { iceServers, ttl } = record(response.status === 200 ? await response.json() : {});
    if (!Array.isArray(iceServers) || iceServers.length === 0) throw new Error("no ICE servers");
    if (typeof ttl === "number") {
      this.#iceLifetime = ttl * 500;
      if (this.#ice !== undefined) this.#ice.until = this.#environment.now() + this.#iceLifetime;
    }
    return iceServers as RTCIceServer[];
  }

  #begin(peer: UserInfo, role: Call["role"], phase: Phase, sessionId?: string): Live {
    const environment = this.#environment;
    const media: Live["media"] = createMedia(environment, (kind) => this.#deviceLost(live, kind));
    const off = { microphone: false, camera: false, remoteVideo: false, peerAway: false };
    const streams = { localStream: media.stream, remoteStream: new environment.MediaStream() };
    const call: Call = { sessionId, role, phase, peer, connectedAt: undefined, ...off, ...streams };
    const timers = {
      restart: createTimer(environment),
      patience: createTimer(environment),
      renewal: createTimer(environment),
    };
    const live: Live = { call, media, ...timers };
    this.#live = live;
    this.#set({ ...this.#state, call });
    return live;
  }

  /** Ends the call from this side and tells the service. */
  #finish(code: EndCode): void {
    const live = this.#live;
    if (live === undefined) return;
    const { sessionId, role } = live.call;
    const declining = role === "callee" && live.link === undefined && live.accepted !== true;
    this.#end(code);
    if (sessionId === undefined) return;
    this.#signal.send(declining ? "call.reject" : "call.end", { session_id: sessionId });
  }

  /** The one way out of a call: everything it holds is let go before anybody is told. */
  #end(why: EndCode | (string & {}) | Problem): void {
    const live = this.#live;
    if (live === undefined) return;
    const { call } = live;
    this.#letGo(live);
    this.#set({ ...this.#state, call: undefined });
    this.#emit("ended", { call, ...(typeof why === "string" ? { code: why } : why) });
    const ring = this.#waitingRing;
    this.#waitingRing = undefined;
    if (ring !== undefined) this.#ring(ring, String(ring["session_id"]));
  }

  #letGo(live: Live): void {
    const { startRef, call } = live;
    this.#live = undefined;
    live.media.release();
    live.link?.close();
    live.restart.stop();
    live.patience.stop();
    live.renewal.stop();
    const session = call.sessionId ?? null;
    this.#signal.drop(({ ref, payload }) => ref === startRef || payload["session_id"] === session);
  }

  #over(live: Live): boolean {
    return this.#live !== live;
  }

  /**
   * Leaves a call and the service. An unanswered ring is not declined: this device may come back to
   * it.
   */
  #leave(code: EndCode): void {
    this.#waitingRing = undefined;
    if (this.#live?.call.phase === "incoming") this.#end(code);
    else this.#finish(code);
    this.#signal.disconnect();
  }

  /** The page goes, or is reloaded: nobody can tell which. */
  #pageLeft(): void {
    const live = this.#live;
    if (live === undefined || !this.#keep(live)) return this.#leave("page_closed");
    this.#waitingRing = undefined;
    this.#letGo(live);
    this.#signal.disconnect("idle", GIVEN_UP);
    this.#set({ ...this.#state, call: undefined });
  }

  /** Leaves the call for the next page, if that can return to it. */
  #keep({ call, kept, link }: Live): boolean {
    const { memory } = this.#options;
    const { sessionId, peer, microphone, camera, connectedAt, phase } = call;
    const returns = phase === "ringing" || link !== undefined || kept !== undefined;
    if (memory === undefined || sessionId === undefined || !returns) return false;
    const heard = link?.heard() ?? kept?.heard;
    memory.setItem(
      MEMORY_KEY,
      JSON.stringify({ sessionId, peer, microphone, camera, connectedAt, heard }),
    );
    return true;
  }

  #patch(live: Live, change: Partial<Call>): void {
    const keys = Object.keys(change) as (keyof Call)[];
    if (keys.every((key) => live.call[key] === change[key])) return;
    live.call = { ...live.call, ...change };
    if (this.#live === live) this.#set({ ...this.#state, call: live.call });
  }

  #set(state: ClientState): void {
    if (state.connection === this.#state.connection && state.call === this.#state.call) return;
    this.#state = state;
    this.#emit("change", state);
  }

  #emit<K extends keyof ClientEvents>(type: K, event: ClientEvents[K]): void {
    for (const listener of this.#listeners[type]) {
      try {
        listener(event);
      } catch (error) {
        // The application's fault: for the browser to report, and no reason to stop the call.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

const userInfo = (value: unknown, fallbackId: string): UserInfo => {
  const { user_id, name, username, image_profile } = record(value);
  const known = { name: text(name), username: text(username), image_profile: text(image_profile) };
  const present = Object.entries(known).filter(([, field]) => field !== undefined);
  return { user_id: text(user_id) ?? fallbackId, ...Object.fromEntries(present) };
};
