import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { globMatches } from "../../src/base/glob.ts";

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Both runs stand between bytes that would change the answer if they were read. */
function matches(pattern: string, text: string, ignoreCase = false): boolean {
  const p = latin1(`a[${pattern}*]`);
  const t = latin1(`a${text}b`);
  return globMatches(p, 2, pattern.length, t, 1, text.length, ignoreCase);
}

/** Plain twin: recursive and exponential, one clause a rule, over characters 0–255. */
function twin(pattern: string, text: string, ignoreCase: boolean): boolean {
  return text === "" ? pattern === "" : twinRest(pattern, text, ignoreCase);
}

function twinRest(pattern: string, text: string, ignoreCase: boolean): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") {
    for (let taken = 0; taken <= text.length; taken++) {
      if (twinRest(pattern.slice(1), text.slice(taken), ignoreCase)) return true;
    }
    return false;
  }
  if (text === "") return false;
  const [hit, length] = twinOne(pattern, text[0], ignoreCase);
  return hit && twinRest(pattern.slice(length), text.slice(1), ignoreCase);
}

function twinOne(pattern: string, character: string, ignoreCase: boolean): [hit: boolean, patternLength: number] {
  const fold = (c: string) => (ignoreCase ? c.replace(/[A-Z]/, (upper) => upper.toLowerCase()) : c);
  if (pattern[0] === "?") return [true, 1];
  if (pattern[0] === "\\" && pattern.length > 1) return [fold(pattern[1]) === fold(character), 2];
  if (pattern[0] !== "[") return [fold(pattern[0]) === fold(character), 1];
  // The class, one item at a time: an escaped character, a range, a character.
  const inside = /^\[(\^?)((?:\\.|[^\]]-.|[^\]])*)(\]?)/s.exec(pattern) as RegExpExecArray;
  const items = inside[2].match(/\\.|.-.|./gs) ?? [];
  const signed = (c: string) => (fold(c).charCodeAt(0) << 24) >> 24;
  const rawSigned = (c: string) => (c.charCodeAt(0) << 24) >> 24;
  const hit = items.some((item) => {
    if (item.length === 2) return item[1] === character;
    if (item.length === 1) return fold(item) === fold(character);
    const ends = [item[0], item[2]].sort((a, b) => rawSigned(a) - rawSigned(b));
    return signed(character) >= signed(ends[0]) && signed(character) <= signed(ends[1]);
  });
  return [hit !== (inside[1] === "^"), inside[0].length];
}

const ALPHABET = "aabbcABC*?[]^-\\\x00\x7f\x80\xff";
const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength });
const pieces = fc.constantFrom(
  "*",
  "?",
  "a",
  "b",
  "[ab]",
  "[^a]",
  "[a-b]",
  "[b-a]",
  "[A-Z]",
  "[^",
  "[",
  "\\*",
  "\\",
  "[\\]]",
  "[a-]",
);
const patterns = fc.oneof(
  letters(8),
  fc.array(pieces, { maxLength: 6 }).map((list) => list.join("")),
);

describe("glob", () => {
  const cases: [pattern: string, text: string, ignoreCase: boolean, expected: boolean][] = [
    ["", "", false, true],
    ["*", "", false, false],
    ["*", "x", false, true],
    ["h?llo", "hello", false, true],
    ["h?llo", "hllo", false, false],
    ["h*llo", "heeeello", false, true],
    ["h[ae]llo", "hillo", false, false],
    ["h[^e]llo", "hallo", false, true],
    ["h[a-b]llo", "hbllo", false, true],
    ["h[b-a]llo", "hallo", false, true],
    ["foo***", "foo", false, true],
    ["*foo*", "a foo b", false, true],
    ["*a*b*c", "xaxxbxxbc", false, true],
    ["\\*", "*", false, true],
    ["\\*", "x", false, false],
    ["\\", "\\", false, true],
    ["[\\]]", "]", false, true],
    ["[]a", "a", false, false],
    ["[abc", "b", false, true],
    ["[^", "b", false, true],
    ["[", "[", false, false],
    ["[a-]", "]", false, true],
    ["HeLLo", "hEllO", true, true],
    ["[H]ello", "hello", true, true],
    ["[\\H]ello", "hello", true, false],
    ["[Z-a]", "z", true, false],
    ["[\x7f-\x80]", "\x00", false, true],
    ["\xc4", "\xe4", true, false],
  ];
  test.each(cases)("%j on %j, ignoring case: %s", (pattern, text, ignoreCase, expected) => {
    expect(matches(pattern, text, ignoreCase)).toBe(expected);
    expect(twin(pattern, text, ignoreCase)).toBe(expected);
  });

  test("equals the twin", () => {
    fc.assert(
      fc.property(patterns, letters(7), fc.boolean(), (pattern, text, ignoreCase) => {
        expect(matches(pattern, text, ignoreCase)).toBe(twin(pattern, text, ignoreCase));
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  test("patterns that explode elsewhere end here", () => {
    const text = "a".repeat(20_000);
    expect(matches(`${"a*".repeat(500)}b`, text)).toBe(false);
    expect(matches(`${"*a".repeat(500)}*`, text)).toBe(true);
    expect(matches(`${"*?".repeat(1000)}`, text)).toBe(true);
  });

  test("more than a thousand stars match nothing, except one at the end", () => {
    const text = "a".repeat(2000);
    expect(matches("*a".repeat(1000), text)).toBe(true);
    expect(matches(`${"*a".repeat(1000)}*`, text)).toBe(true);
    expect(matches("*a".repeat(1001), text)).toBe(false);
  });
});

/** A redis-server of our own on a Unix socket, spoken to in one pipeline at a time. */
class Oracle {
  private readonly directory = mkdtempSync(join(tmpdir(), "glob-oracle-"));
  private readonly path = join(this.directory, "socket");
  private readonly server: ChildProcess;
  private socket: Socket | null = null;

  constructor() {
    const options = ["--port", "0", "--unixsocket", this.path, "--save", "", "--dir", this.directory];
    this.server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "ignore"] });
  }

  async open(): Promise<void> {
    let log = "";
    for await (const chunk of this.server.stdout as AsyncIterable<Buffer>) {
      log += chunk.toString();
      if (log.includes("Ready to accept") || log.includes("now ready to accept")) break;
    }
    const socket = connect(this.path);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    this.socket = socket;
  }

  async ask(commands: string[][]): Promise<unknown[]> {
    const socket = this.socket as Socket;
    const bulk = (argument: string) => `$${argument.length}\r\n${argument}\r\n`;
    const request = commands.map((command) => `*${command.length}\r\n${command.map(bulk).join("")}`).join("");
    let text = "";
    return new Promise((resolve) => {
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (!text.endsWith("+PONG\r\n")) return;
        socket.removeAllListeners("data");
        const cursor = { at: 0 };
        resolve(commands.map(() => Oracle.reply(text, cursor)));
      });
      socket.write(`${request}*1\r\n$4\r\nPING\r\n`, "latin1");
    });
  }

  private static reply(text: string, cursor: { at: number }): unknown {
    const lineEnd = text.indexOf("\r\n", cursor.at);
    const kind = text[cursor.at];
    const line = text.slice(cursor.at + 1, lineEnd);
    cursor.at = lineEnd + 2;
    if (kind === "*") return Array.from({ length: Number(line) }, () => Oracle.reply(text, cursor));
    if (kind !== "$") return line;
    cursor.at += Number(line) + 2;
    return text.slice(lineEnd + 2, cursor.at - 2);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.once("close", resolve));
    this.socket?.destroy();
    this.server.kill("SIGKILL");
    await closed;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const oracleMissing = spawnSync("redis-server", ["--version"]).status !== 0;
if (oracleMissing) console.log("glob: not compared with Redis, since redis-server is not installed");

describe.skipIf(oracleMissing)("glob against redis-server", () => {
  test("KEYS, and COMMAND LIST for ignored case", async () => {
    const oracle = new Oracle();
    try {
      await oracle.open();
      const keys = [...new Set(["", ...fc.sample(letters(6), { numRuns: 400, seed: 2 })])];
      await oracle.ask([["MSET", ...keys.flatMap((key) => [key, "1"])]]);
      const globs = fc.sample(patterns, { numRuns: 1500, seed: 3 }).filter((pattern) => pattern !== "*");
      const found = (await oracle.ask(globs.map((pattern) => ["KEYS", pattern]))) as string[][];
      for (const [i, pattern] of globs.entries()) {
        const ours = keys.filter((key) => matches(pattern, key));
        expect(ours.sort(), JSON.stringify(pattern)).toEqual(found[i].sort());
      }

      const [names] = (await oracle.ask([["COMMAND", "LIST"]])) as string[][];
      const wild = fc.stringMatching(/^[a-eA-E*]{0,2}(\[\^?[\\a-zA-Z-]{1,3}\]?|[?*S-Ts-t]){1,2}[*?A-Za-z]{0,3}$/);
      const listed = fc.sample(wild, { numRuns: 400, seed: 4 });
      const replies = await oracle.ask(listed.map((pattern) => ["COMMAND", "LIST", "FILTERBY", "PATTERN", pattern]));
      for (const [i, pattern] of listed.entries()) {
        const ours = names.filter((name) => matches(pattern, name, true));
        expect(ours.sort(), JSON.stringify(pattern)).toEqual((replies[i] as string[]).sort());
      }
    } finally {
      await oracle.close();
    }
  });
});
