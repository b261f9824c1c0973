/**
 * How the cases write commands and replies, so that a case reads like a session in a terminal.
 *
 * A command is a line of words, quoted as redis-cli quotes: `SET "a key" "\x00\r\n"`, `SET k ''`.
 *
 * A reply shows its type as the wire does, and bulk strings in quotes:
 *
 *     +OK   -ERR syntax error   :42   "text\x00"   nil (a null bulk)   *nil (a null array)   _ (RESP3's null)
 *     [a, b] array   ~[a, b] set   >[a, b] push   {k: v} map   ,3.14 double   #t boolean   (123 big number
 *     =txt:"..." verbatim   !"..." blob error   |{k: v} reply with attributes
 */
import type { Reply, ReplyPair } from "../../src/protocol/reply.ts";

/** A character a byte. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

export function latin1Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/** Splits a command line into its words. */
export function words(line: string): string[] {
  const found: string[] = [];
  const word = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+))/gy;
  for (let match = word.exec(line); match !== null; match = word.exec(line)) {
    const [, double, single, plain] = match;
    if (double !== undefined) found.push(unquote(double));
    else found.push(single ?? plain);
  }
  return found;
}

function unquote(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_whole, hex: string | undefined, other: string) =>
    hex === undefined ? (ESCAPES[other] ?? other) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Longer strings are shown by their ends. */
const SHOWN_BYTES_MAX = 4096;
const SHOWN_END_BYTES = 64;

export function quote(bytes: Uint8Array): string {
  if (bytes.length > SHOWN_BYTES_MAX) {
    const head = quote(bytes.subarray(0, SHOWN_END_BYTES)).slice(0, -1);
    const tail = quote(bytes.subarray(bytes.length - SHOWN_END_BYTES)).slice(1);
    return `${head}…(${bytes.length} bytes)…${tail}`;
  }
  let shown = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === "\\") shown += `\\${character}`;
    else if (character === "\r") shown += "\\r";
    else if (character === "\n") shown += "\\n";
    else if (byte < 32 || byte > 126) shown += `\\x${byte.toString(16).padStart(2, "0")}`;
    else shown += character;
  }
  return `"${shown}"`;
}

export function show(reply: Reply): string {
  switch (reply.kind) {
    case "simple":
      return `+${reply.text}`;
    case "error":
      return `-${reply.text}`;
    case "integer":
      return `:${reply.value}`;
    case "bulk":
      return quote(reply.bytes);
    case "null":
      return { bulk: "nil", array: "*nil", resp3: "_" }[reply.of];
    case "boolean":
      return reply.value ? "#t" : "#f";
    case "double":
      return `,${reply.text}`;
    case "bigNumber":
      return `(${reply.text}`;
    case "verbatim":
      return `=${reply.format}:${quote(reply.bytes)}`;
    case "blobError":
      return `!${quote(reply.bytes)}`;
    case "array":
      return `[${reply.items.map(show).join(", ")}]`;
    case "set":
      return `~[${reply.items.map(show).join(", ")}]`;
    case "push":
      return `>[${reply.items.map(show).join(", ")}]`;
    case "map":
      return showPairs(reply.entries);
    case "attributed":
      return `|${showPairs(reply.attributes)} ${show(reply.reply)}`;
  }
}

function showPairs(pairs: readonly ReplyPair[]): string {
  return `{${pairs.map(([key, value]) => `${show(key)}: ${show(value)}`).join(", ")}}`;
}

/** The expected reply of RESP2 as RESP3 says it, where that differs only in how nothing is written. */
export function asResp3(expected: string): string {
  return expected.replace(/(^|[[ ])\*?nil(?=$|[\],])/g, "$1_");
}

/** The bytes of a bulk or verbatim string, the text of a status. */
export function textOf(reply: Reply): string {
  if (reply.kind === "bulk" || reply.kind === "verbatim") return latin1Text(reply.bytes);
  if (reply.kind === "simple") return reply.text;
  throw new Error(`not a string: ${show(reply)}`);
}

/** The value of an integer reply. */
export function numberOf(reply: Reply): number {
  if (reply.kind !== "integer") throw new Error(`not an integer: ${show(reply)}`);
  return Number(reply.value);
}

/** The items of an array, set or push. */
export function itemsOf(reply: Reply): readonly Reply[] {
  if (reply.kind === "array" || reply.kind === "set" || reply.kind === "push") return reply.items;
  throw new Error(`not an aggregate: ${show(reply)}`);
}
