/**
 * Small notes that live as long as their socket: in its attachment, which outlives an eviction, costs no
 * write, and goes with the socket.
 */

/** The platform takes 16 KiB; text may need two bytes a character. */
const MOST_CHARACTERS = 7_000;

interface Attachment {
  readonly version: 1;
  readonly id: string;
  readonly notes?: Readonly<Record<string, string>>;
}

const read = new WeakMap<WebSocket, Map<string, string>>();

function notesOf(socket: WebSocket): Map<string, string> {
  const known = read.get(socket);
  if (known) return known;
  const attachment = socket.deserializeAttachment() as Attachment | null;
  const notes = new Map(Object.entries(attachment?.notes ?? {}));
  read.set(socket, notes);
  return notes;
}

/** Writes a note. The notes that were not written for longest make room for it. */
export function writeNote(socket: WebSocket, id: string, key: string, text: string): void {
  const notes = notesOf(socket);
  notes.delete(key);
  notes.set(key, text);
  let length = 0;
  for (const [name, value] of notes) length += name.length + value.length;
  for (const [name, value] of notes) {
    if (length <= MOST_CHARACTERS) break;
    notes.delete(name);
    length -= name.length + value.length;
  }
  const attachment: Attachment = { version: 1, id, notes: Object.fromEntries(notes) };
  socket.serializeAttachment(attachment);
}

/** Reads a note. */
export function readNote(socket: WebSocket, key: string): string | undefined {
  return notesOf(socket).get(key);
}
