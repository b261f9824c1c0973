/** Replies as values for the tests: how to make them, how to write them, and what RESP2 leaves of them. */
import fc from "fast-check";
import { formatDouble } from "../../src/base/text.ts";
import type { Reply, ReplyPair } from "../../src/protocol/reply.ts";
import type { PinnedBytes, ReplyBuffer } from "../../src/protocol/reply-writer.ts";

/** Whoever lends bytes in a test, and counts what is still out. */
export class Lender implements PinnedBytes {
  pinned = 0;

  lend(): this {
    this.pinned++;
    return this;
  }

  unpin(): void {
    this.pinned--;
  }
}

/** One line of any bytes. */
const line = fc.uint8Array({ maxLength: 30 }).map((bytes) =>
  Buffer.from(bytes)
    .toString("latin1")
    .replace(/[\r\n]/g, ""),
);
const blob = fc.uint8Array({ maxLength: 300 });
const utf8Text = fc.string({ unit: "grapheme", maxLength: 20 });

const scalar: fc.Arbitrary<Reply> = fc.oneof(
  line.map((text): Reply => ({ kind: "simple", text })),
  line.map((text): Reply => ({ kind: "error", text })),
  fc.maxSafeInteger().map((value): Reply => ({ kind: "integer", value })),
  fc.integer({ min: -200, max: 200 }).map((value): Reply => ({ kind: "integer", value })),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }).map((value): Reply => ({ kind: "integer", value })),
  blob.map((bytes): Reply => ({ kind: "bulk", bytes })),
  fc.constant<Reply>({ kind: "null", of: "resp3" }),
  fc.boolean().map((value): Reply => ({ kind: "boolean", value })),
  fc.double().map((value): Reply => ({ kind: "double", value, text: formatDouble(value) })),
  fc.bigInt().map((value): Reply => ({ kind: "bigNumber", text: String(value) })),
  utf8Text.map((text): Reply => ({ kind: "verbatim", format: "txt", bytes: new Uint8Array(Buffer.from(text)) })),
  utf8Text.map((text): Reply => ({ kind: "blobError", bytes: new Uint8Array(Buffer.from(text)) })),
);

/** Any RESP3 reply; attributes only where a reply may stand on its own or in an array. */
export const replies: fc.Arbitrary<Reply> = fc.letrec<{ tree: Reply; pair: ReplyPair }>((tie) => ({
  pair: fc.tuple(tie("tree"), tie("tree")),
  tree: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    { weight: 4, arbitrary: scalar },
    fc.array(tie("tree"), { maxLength: 5 }).map((items): Reply => ({ kind: "array", items })),
    fc.array(tie("tree"), { maxLength: 5 }).map((items): Reply => ({ kind: "set", items })),
    fc.array(tie("tree"), { maxLength: 5 }).map((items): Reply => ({ kind: "push", items })),
    fc.array(tie("pair"), { maxLength: 4 }).map((entries): Reply => ({ kind: "map", entries })),
    fc
      .tuple(fc.array(tie("pair"), { minLength: 1, maxLength: 2 }), tie("tree"))
      .map(([attributes, reply]): Reply => ({ kind: "attributed", attributes, reply })),
  ),
})).tree;

export interface WriteOptions {
  /** Bulk strings from this size on are not copied. */
  readonly foreignFrom: number;
  readonly lender: Lender;
  /** Whether counts are filled in afterwards. */
  readonly defer: () => boolean;
}

/** Writes a reply with the methods that a handler would use. */
export function writeReply(out: ReplyBuffer, reply: Reply, options: WriteOptions): void {
  switch (reply.kind) {
    case "simple":
      if (reply.text === "OK") out.ok();
      else out.simple(reply.text);
      break;
    case "error":
      out.error(reply.text);
      break;
    case "integer":
      if (typeof reply.value === "number") out.integer(reply.value);
      else out.integer64(Number(reply.value >> 32n), Number(BigInt.asIntN(32, reply.value)));
      break;
    case "bulk":
      if (reply.bytes.length >= options.foreignFrom) out.bulkForeign(reply.bytes, options.lender.lend());
      else out.bulk(reply.bytes, 0, reply.bytes.length);
      break;
    case "null":
      if (reply.of === "array") out.nullArray();
      else out.nullBulk();
      break;
    case "boolean":
      out.boolean(reply.value);
      break;
    case "double":
      out.double(reply.value);
      break;
    case "bigNumber":
      out.bigNumber(reply.text);
      break;
    case "verbatim":
      out.verbatim(reply.format, Buffer.from(reply.bytes).toString());
      break;
    case "blobError":
      out.blobError(Buffer.from(reply.bytes).toString());
      break;
    case "map":
      writeItems(out, "map", reply.entries.length, reply.entries.flat(), options);
      break;
    case "attributed":
      out.attributeHeader(reply.attributes.length);
      for (const item of reply.attributes.flat()) writeReply(out, item, options);
      writeReply(out, reply.reply, options);
      break;
    default:
      writeItems(out, reply.kind, reply.items.length, reply.items, options);
  }
}

type Aggregate = "array" | "set" | "push" | "map";

function writeItems(
  out: ReplyBuffer,
  kind: Aggregate,
  count: number,
  items: readonly Reply[],
  options: WriteOptions,
): void {
  const deferred = options.defer();
  if (deferred) out.deferHeader();
  else if (kind === "array") out.arrayHeader(count);
  else if (kind === "set") out.setHeader(count);
  else if (kind === "push") out.pushHeader(count);
  else out.mapHeader(count);
  for (const item of items) writeReply(out, item, options);
  if (!deferred) return;
  if (kind === "array") out.fillArrayHeader(count);
  else if (kind === "set") out.fillSetHeader(count);
  else if (kind === "push") out.fillPushHeader(count);
  else out.fillMapHeader(count);
}

/** What a RESP2 client sees of it. Attributes do not exist there, so they are dropped. */
export function inResp2(reply: Reply): Reply {
  const textBulk = (text: string): Reply => ({ kind: "bulk", bytes: new Uint8Array(Buffer.from(text)) });
  switch (reply.kind) {
    case "null":
      return { kind: "null", of: reply.of === "array" ? "array" : "bulk" };
    case "boolean":
      return { kind: "integer", value: reply.value ? 1 : 0 };
    case "double":
    case "bigNumber":
      return textBulk(reply.text);
    case "verbatim":
      return { kind: "bulk", bytes: reply.bytes };
    case "blobError":
      return { kind: "error", text: oneLine(Buffer.from(reply.bytes).toString()) };
    case "array":
    case "set":
    case "push":
      return { kind: "array", items: reply.items.map(inResp2) };
    case "map":
      return { kind: "array", items: reply.entries.flat().map(inResp2) };
    case "attributed":
      return inResp2(reply.reply);
    default:
      return reply;
  }
}

/** A text as an error carries it: one line, and bytes as characters when it is not a byte string already. */
function oneLine(text: string): string {
  const flat = text.replace(/^[\r\n]+|[\r\n]+$/g, "").replace(/[\r\n]/g, " ");
  return /^[\0-\xff]*$/.test(flat) ? flat : Buffer.from(flat).toString("latin1");
}

/** Without attributes, for what goes to a RESP2 client. */
export function withoutAttributes(reply: Reply): Reply {
  switch (reply.kind) {
    case "attributed":
      return withoutAttributes(reply.reply);
    case "map":
      return { kind: "map", entries: reply.entries.map(([k, v]) => [withoutAttributes(k), withoutAttributes(v)]) };
    case "array":
    case "set":
    case "push":
      return { kind: reply.kind, items: reply.items.map(withoutAttributes) };
    default:
      return reply;
  }
}
