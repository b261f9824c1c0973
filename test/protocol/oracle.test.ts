/**
 * The same bytes to a real redis-server and to the parser: the same error line behind as many commands, or as many
 * commands and then the answer to a marker, an ECHO, that follows every stream. Where the parser would wait for more,
 * nothing is asked, for the server would only wait too.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../src/protocol/reply.ts";
import { REPLY_READY, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { defaultParserLimits, RequestParser } from "../../src/protocol/request-parser.ts";
import { feed } from "./feed.ts";
import { Oracle, oracleVersion } from "./oracle.ts";
import { referenceParse } from "./reference-parser.ts";
import { multibulk, nonsense, requests } from "./streams.ts";

const MARKER = "the end of the stream";
const END = multibulk(["ECHO", MARKER]);
const version = oracleVersion();

function parse(stream: string, authenticated: boolean) {
  // Redis since 7.0 takes up to 2^31 - 1 arguments, Redpoll keeps to the 1,048,576 of the versions before.
  const parser = new RequestParser({ ...defaultParserLimits(), maxMultibulk: 2 ** 31 - 1 });
  parser.setAuthenticated(authenticated);
  return feed(parser, stream, { pieceBytes: (left) => left });
}

function repliesIn(answer: string): Reply[] {
  const reader = new ReplyReader();
  const bytes = new Uint8Array(Buffer.from(answer, "latin1"));
  const replies: Reply[] = [];
  reader.begin(bytes, 0, bytes.length);
  while (reader.next() === REPLY_READY) replies.push(reader.reply);
  return replies;
}

describe.skipIf(version === undefined)(`against redis-server ${version ?? "(skipped: none is installed)"}`, () => {
  let open: Oracle;
  let locked: Oracle;

  beforeAll(async () => {
    [open, locked] = await Promise.all([Oracle.start(), Oracle.start("--requirepass", "secret")]);
  });

  afterAll(async () => {
    await Promise.all([open?.stop(), locked?.stop()]);
  });

  /** Asks both. */
  async function compare(stream: string, authenticated = true): Promise<void> {
    const alone = parse(stream, authenticated);
    const sent = alone.error === null ? stream + END : stream;
    const ours = alone.error === null ? parse(sent, authenticated) : alone;
    if (ours.error === null && (ours.pendingBytes > 0 || ours.commands.length === 0)) return;
    const count = ours.commands.length;
    const answer = await (authenticated ? open : locked).ask(
      sent,
      (text) => ours.error === null && repliesIn(text).length >= count,
    );
    const replies = repliesIn(answer);
    const shown = JSON.stringify(stream.length > 300 ? `${stream.slice(0, 300)}…` : stream);
    if (ours.error !== null) expect(replies.pop(), shown).toEqual({ kind: "error", text: `ERR ${ours.error}` });
    expect(replies.length, shown).toBe(count);
    if (authenticated && ours.commands[count - 1]?.args[1] === MARKER) {
      expect(replies.pop(), shown).toEqual({ kind: "bulk", bytes: new Uint8Array(Buffer.from(MARKER)) });
    }
  }

  const fixed: [string, string][] = [
    ["multibulk count over an int", "*2147483648\r\n"],
    ["multibulk header over", `*${"1".repeat(70_000)}`],
    ["bulk header over", `*1\r\n$${"1".repeat(70_000)}`],
    ["inline over", "a".repeat(70_000)],
    ["inline behind a NUL", `\0${"a".repeat(70_000)}\r\n`],
    ["expected, other bytes", "*1\r\n\x80\r\n"],
    ["expected, a NUL in the line", "*1\r\nx\0\r\n"],
    ["no line feed after the header", "*1\rx$4\rxPING\r\n"],
    ["no line end after a bulk", "*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPINGyy"],
    ["lone line ends", "\n\r\n\r\r\nPING\r\n"],
    ["empty arguments", '*2\r\n$4\r\nPING\r\n$0\r\n\r\nPING ""\r\n'],
  ];
  test.each(fixed)("%s", (_, stream) => compare(stream));

  test("nonsense behind a command", async () => {
    for (const text of fc.sample(nonsense, { seed: 5, numRuns: 300 })) await compare(multibulk(["PING", "x"]) + text);
  });

  test("nonsense before authentication, and what is too long there", async () => {
    for (const text of fc.sample(nonsense, { seed: 6, numRuns: 100 })) await compare(text, false);
    for (const text of [
      "*10\r\n",
      "*11\r\n",
      "*1\r\n$16384\r\n",
      "*1\r\n$16385\r\n",
      multibulk(Array(10).fill("x")),
      multibulk(Array(11).fill("x")),
    ]) {
      await compare(text, false);
    }
  });

  test("random requests, each answered by one error", async () => {
    for (const stream of fc.sample(requests(6, 40), { seed: 8, numRuns: 300 })) await compare(stream);
  });

  test("inline quoting: the words that Redis sees", async () => {
    const lines = [
      '"a\\x41\\n\\"b" c',
      "'a\\'b' \"\\q\\x4\"",
      'a"b c"',
      "a\vb \f c",
      "\"\" ''",
      "a\\ b",
      '"\\a\\b\\t\\r"',
      "tab\tbed",
    ];
    for (const line of lines) {
      const want = referenceParse(`${line}\r\n`).commands[0].args;
      // EVAL hands its arguments back.
      const answer = await open.ask(`EVAL "return ARGV" 0 ${line}\r\n`, (text) => repliesIn(text).length === 1);
      const [reply] = repliesIn(answer);
      const words = reply.kind === "array" ? reply.items.map(wordOf) : reply;
      expect(words, line).toEqual(want);
    }
  });
});

function wordOf(reply: Reply): string {
  return reply.kind === "bulk" ? Buffer.from(reply.bytes).toString("latin1") : reply.kind;
}
