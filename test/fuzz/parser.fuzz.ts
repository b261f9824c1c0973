/**
 * The request parser against its reference: pipelines of requests, well formed and then damaged, in any pieces, before
 * and after authentication, with limits of any size, and with execution stopped in between while more comes in.
 */
import type { Prng } from "../../src/base/prng.ts";
import { type ParserLimits, RequestParser } from "../../src/protocol/request-parser.ts";
import { difference, feed } from "../protocol/feed.ts";
import { referenceParse } from "../protocol/reference-parser.ts";
import { multibulk } from "../protocol/streams.ts";
import { type FuzzTarget, mutate, oneIn, pick, somePieces, someSize } from "./fuzz.ts";

const WORDS = [
  ...["\r", "\n", "\r\n", "\0", "$", "*", "-", "+", "=", "'", '"', "\\", "\\x41", " ", "\t", "\v"],
  ...[
    "$-1\r\n",
    "$0\r\n\r\n",
    "*0\r\n",
    "*-1\r\n",
    "*1\r\n",
    "*3\r\n",
    "*10\r\n",
    "*11\r\n",
    "$3\r\nSET\r\n",
    "$16384\r\n",
  ],
  ...["00", "$03\r\n", "9999", "10000", "16385", "32768", "1048576", "1048577", "2147483648", "9223372036854775807"],
  ...[
    "-9223372036854775808\r\n",
    "-9223372036854775809\r\n",
    "18446744073709551616\r\n",
    "PING\r\n",
    '"a" b\n',
    "'it\\'s'\n",
  ],
];

/** Around the digits of lengths, what is big, and what is trusted. */
const ARGUMENT_EDGES = [10, 100, 1000, 9999, 16_384, 32_768, 65_536];

type MakeParser = (limits: ParserLimits) => RequestParser;

export function parserTarget(name = "parser", make: MakeParser = (limits) => new RequestParser(limits)): FuzzTarget {
  return { name, round: (random) => playRound(random, make) };
}

function playRound(random: Prng, make: MakeParser): void {
  let stream = pipeline(random);
  for (let left = random.below(4); left > 0; left--) stream = mutate(random, stream, WORDS);
  const limits: ParserLimits = {
    protoMaxBulkLen: pick(random, [512 * 1024 * 1024, 9999, 40_000]),
    maxMultibulk: pick(random, [1_048_576, 9, 100]),
    inlineMax: pick(random, [65_536, 16, 100]),
    queryBufferLimit: 1 << 30,
  };
  const authenticated = !oneIn(random, 4);
  const stopsOften = oneIn(random, 3);
  const parser = make(limits);
  parser.setAuthenticated(authenticated);
  const got = feed(parser, stream, {
    pieceBytes: somePieces(random, stream.length),
    stops: () => stopsOften && oneIn(random, 3),
    waits: () => stopsOften && oneIn(random, 2),
  });
  const wrong = difference(got, referenceParse(stream, { ...limits, authenticated }));
  if (wrong !== null) throw new Error(`${wrong}, in ${JSON.stringify(stream.slice(0, 2000))} (${stream.length} bytes)`);
}

/** Requests of every kind, mostly short ones. */
function pipeline(random: Prng): string {
  let stream = "";
  const maxArgumentBytes = oneIn(random, 8) ? 70_000 : 300;
  for (let left = 1 + random.below(8); left > 0; left--) stream += request(random, maxArgumentBytes);
  return stream;
}

function request(random: Prng, maxArgumentBytes: number): string {
  if (oneIn(random, 5)) return inline(random);
  const count = oneIn(random, 10) ? random.below(300) : random.below(12);
  const args: string[] = [];
  let edges = maxArgumentBytes > 300 ? 2 : 0;
  for (let i = 0; i < count; i++) {
    const size = edges-- > 0 ? someSize(random, ARGUMENT_EDGES, maxArgumentBytes) : random.below(20);
    args.push(someBytes(random, size));
  }
  return multibulk(args);
}

function inline(random: Prng): string {
  let line = "";
  for (let left = random.below(8); left > 0; left--) {
    line += oneIn(random, 2) ? pick(random, WORDS) : someBytes(random, random.below(6));
    if (oneIn(random, 2)) line += " ";
  }
  return line + pick(random, ["\n", "\r\n"]);
}

/** Bytes that look like protocol one time in two. */
function someBytes(random: Prng, size: number): string {
  if (size > 50) return String.fromCharCode(random.below(256)).repeat(size);
  let text = "";
  while (text.length < size) {
    text += oneIn(random, 2) ? pick(random, WORDS) : String.fromCharCode(random.below(256));
  }
  return text.slice(0, size);
}

/** Forgets that a chunk may begin with the second half of a line end. */
class CutLineEndCanary extends RequestParser {
  override begin(chunk: Uint8Array, start: number, end: number): void {
    super.begin(chunk, end - start > 1 && chunk[start] === 0x0a ? start + 1 : start, end);
  }
}

/** Takes one byte too few of long arguments that came in pieces. */
class ShortArgumentCanary extends RequestParser {
  override next(): ReturnType<RequestParser["next"]> {
    const result = super.next();
    if (this.bigCount > 0 && this.argc > 1) this.argLength[1]--;
    return result;
  }
}

export const canaries: readonly FuzzTarget[] = [
  parserTarget("canary of a cut line end", (limits) => new CutLineEndCanary(limits)),
  parserTarget("canary of a short argument", (limits) => new ShortArgumentCanary(limits)),
];
