/**
 * The trace: what happened, as a running hash of everything and as a readable tail.
 *
 * Two runs are the same run exactly when their hashes are equal: every event adds its time, host, kind and a number,
 * and every byte that crosses the seam (socket writes, file writes, output) goes in as well. The hash is 64 bits in two
 * int32 lanes, 32-bit arithmetic only, four bytes a step: it must keep up with gigabytes. It is a fingerprint against
 * accidents, not against an adversary. The tail keeps the last events as plain numbers and turns them into text only
 * when somebody asks, since a failed run is understood from what happened just before.
 */

/** What an event was. The text is for people, the place in the list for the hash: append, never reorder. */
const KIND_NAMES = [
  "timer",
  "turn-end",
  "listen",
  "connect",
  "accept",
  "open",
  "write",
  "data",
  "drain",
  "end",
  "close",
  "partition",
  "heal",
  "crash",
  "restart",
  "freeze",
  "thaw",
  "exit",
  "signal",
  "output",
  "file",
  "sync",
  "random",
  "clock-jump",
  "collect",
] as const;

export type TraceKind = (typeof KIND_NAMES)[number];

const KIND_CODES = Object.fromEntries(KIND_NAMES.map((name, code) => [name, code])) as Record<TraceKind, number>;

/** Events in the tail. */
const TAIL_EVENTS = 256;
/** Numbers kept per event: time, host, kind, detail. */
const TAIL_FIELDS = 4;

/** Content shorter than this is taken byte by byte. */
const SHORT_BYTES = 32;

export class Trace {
  private laneA = 0x9e3779b9 | 0;
  private laneB = 0x85ebca6b | 0;
  private readonly tail = new Float64Array(TAIL_EVENTS * TAIL_FIELDS);
  /** Events so far. */
  eventCount = 0;

  /** @param hostId 0 for what happens between hosts. @param detail a length, a port, an exit code. */
  event(timeUs: number, hostId: number, kind: TraceKind, detail: number): void {
    const code = KIND_CODES[kind];
    this.word(timeUs | 0);
    this.word(Math.floor(timeUs / 4294967296) ^ (hostId << 16) ^ (code << 8));
    this.word(detail | 0);
    const at = (this.eventCount % TAIL_EVENTS) * TAIL_FIELDS;
    this.tail[at] = timeUs;
    this.tail[at + 1] = hostId;
    this.tail[at + 2] = code;
    this.tail[at + 3] = detail;
    this.eventCount++;
  }

  /** Content that crossed the seam. Words are read in the machine's order, as every typed array is. */
  bytes(content: Uint8Array): void {
    if (content.length < SHORT_BYTES) {
      this.shortBytes(content);
      return;
    }
    const aligned = (content.byteOffset & 3) === 0 ? content : content.slice();
    const words = new Int32Array(aligned.buffer, aligned.byteOffset, content.length >> 2);
    let a = this.laneA;
    let b = this.laneB;
    // Each lane takes every second word; `word` below brings the two together. No step loses a difference.
    for (let index = 0; index + 1 < words.length; index += 2) {
      a = Math.imul(a ^ words[index], 0xcc9e2d51);
      a = (a << 13) | (a >>> 19);
      b = Math.imul(b ^ words[index + 1], 0x1b873593);
      b = (b << 17) | (b >>> 15);
    }
    this.laneA = a;
    this.laneB = b;
    if ((words.length & 1) === 1) this.word(words[words.length - 1]);
    for (let index = words.length * 4; index < content.length; index++) this.word(content[index]);
    this.word(content.length);
  }

  text(content: string): void {
    for (let i = 0; i < content.length; i++) this.word(content.charCodeAt(i));
    this.word(content.length);
  }

  /** The fingerprint so far, 16 hexadecimal digits. */
  hash(): string {
    return hexadecimal(this.laneA ^ (this.laneB >>> 15)) + hexadecimal(this.laneB ^ (this.laneA << 7));
  }

  /** The last events, oldest first, one line each. @param hostName turns a host's number into its name. */
  recent(hostName: (hostId: number) => string): string[] {
    const lines: string[] = [];
    for (let event = Math.max(0, this.eventCount - TAIL_EVENTS); event < this.eventCount; event++) {
      const at = (event % TAIL_EVENTS) * TAIL_FIELDS;
      const timeMs = (this.tail[at] / 1000).toFixed(3);
      lines.push(`${timeMs} ms ${hostName(this.tail[at + 1])} ${KIND_NAMES[this.tail[at + 2]]} ${this.tail[at + 3]}`);
    }
    return lines;
  }

  /** A view would cost more than the bytes. */
  private shortBytes(content: Uint8Array): void {
    for (let index = 0; index < content.length; index++) this.word(content[index]);
    this.word(content.length);
  }

  private word(value: number): void {
    const a = Math.imul(this.laneA ^ value, 0xcc9e2d51);
    this.laneA = (((a << 13) | (a >>> 19)) + 0x52dce729) | 0;
    const b = Math.imul((this.laneB + value) ^ (a >>> 16), 0x1b873593);
    this.laneB = ((b << 17) | (b >>> 15)) ^ this.laneA;
  }
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
