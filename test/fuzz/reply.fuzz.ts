/**
 * The reply reader on damaged replies: it never throws, and what it makes of a stream does not depend on the pieces in
 * which the stream comes.
 */
import type { Prng } from "../../src/base/prng.ts";
import type { Reply } from "../../src/protocol/reply.ts";
import { REPLY_BROKEN, REPLY_READY, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { type FuzzTarget, mutate, oneIn, pick, somePieces, someSize } from "./fuzz.ts";

const SCALARS = [
  ...[
    "+OK\r\n",
    "-ERR no\r\n",
    ":1\r\n",
    ":-9223372036854775808\r\n",
    "$-1\r\n",
    "*-1\r\n",
    "_\r\n",
    "#t\r\n",
    "#f\r\n",
  ],
  ...[
    ",3.14\r\n",
    ",inf\r\n",
    ",-0\r\n",
    "(12345678901234567890\r\n",
    "=7\r\ntxt:abc\r\n",
    "!5\r\nERR a\r\n",
    "$0\r\n\r\n",
  ],
];
const WORDS = [
  ...SCALARS,
  "\r",
  "\n",
  "\0",
  "*2\r\n",
  "%1\r\n",
  "~3\r\n",
  ">2\r\n",
  "|1\r\n",
  "$5\r\n",
  "$?\r\n",
  "-1",
  "99",
];
const LIMITS = { bulkBytesMax: 200_000, itemsMax: 1000, depthMax: 10, lineBytesMax: 1000 };

type MakeReader = () => ReplyReader;

export function replyTarget(name = "reply", make: MakeReader = () => new ReplyReader(LIMITS)): FuzzTarget {
  return { name, round: (random) => playRound(random, make) };
}

function playRound(random: Prng, make: MakeReader): void {
  let stream = "";
  for (let left = 1 + random.below(5); left > 0; left--) stream += reply(random, 0);
  for (let left = random.below(4); left > 0; left--) stream = mutate(random, stream, WORDS);
  const whole = read(make(), stream, (left) => left);
  const pieces = read(make(), stream, somePieces(random, stream.length));
  if (whole === pieces) return;
  throw new Error(`in pieces ${pieces} instead of ${whole}, in ${JSON.stringify(stream.slice(0, 2000))}`);
}

function reply(random: Prng, depth: number): string {
  if (depth === 4 || !oneIn(random, 3)) return scalar(random);
  const kind = pick(random, ["*", "~", ">", "%", "|"]);
  const count = random.below(4);
  const items = kind === "%" || kind === "|" ? 2 * count : count;
  let text = `${kind}${count}\r\n`;
  for (let i = 0; i < items; i++) text += reply(random, depth + 1);
  return kind === "|" ? text + reply(random, depth + 1) : text;
}

function scalar(random: Prng): string {
  if (!oneIn(random, 3)) return pick(random, SCALARS);
  const size = someSize(random, [32_768], oneIn(random, 10) ? 70_000 : 100);
  return `$${size}\r\n${String.fromCharCode(random.below(256)).repeat(size)}\r\n`;
}

/** Everything that was read, as a text to compare. */
function read(reader: ReplyReader, stream: string, pieceBytes: (left: number) => number): string {
  const replies: Reply[] = [];
  let result: number = REPLY_READY;
  for (let at = 0; at < stream.length && result !== REPLY_BROKEN; ) {
    const piece = Buffer.from(stream.slice(at, at + pieceBytes(stream.length - at)), "latin1");
    at += piece.length;
    reader.begin(piece, 0, piece.length);
    for (result = reader.next(); result === REPLY_READY; result = reader.next()) replies.push(reader.reply);
    reader.finish();
    piece.fill(0xee);
  }
  return JSON.stringify([replies, reader.error], plain);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value;
}

/** Takes a cut line end for a missing one. */
class CutLineEndCanary extends ReplyReader {
  override begin(chunk: Uint8Array, start: number, end: number): void {
    super.begin(chunk, chunk[start] === 0x0d && end - start > 2 ? start + 2 : start, end);
  }
}

export const canaries: readonly FuzzTarget[] = [
  replyTarget("canary of a cut reply", () => new CutLineEndCanary(LIMITS)),
];
