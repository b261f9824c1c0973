import type { SetValue } from "../../keyspace/set-value.ts";
import { TYPE_SET } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { matchesPattern, readCursor, readScanOptions, replyEmptyScan } from "../scan-options.ts";

/** Replies with the member that a set shows. */
export function replyMember({ reply }: Context, { member, view }: SetValue): void {
  if (view === null) reply.bulk(member.bytes, member.start, member.length);
  else reply.bulkWords(member.bytes, view, member.start, member.length);
}

export function scard(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_SET);
  if (entry === WRONG_TYPE_FOUND) return;
  context.reply.integer(entry === 0 ? 0 : context.keyspace.structures.sets.open(entry).count);
}

export function sismember(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_SET);
  if (entry === WRONG_TYPE_FOUND) return;
  const { sets } = context.keyspace.structures;
  const isMember = entry !== 0 && sets.open(entry).has(context.bytes(2), context.start(2), context.length(2));
  context.reply.integer(isMember ? 1 : 0);
}

export function smismember(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_SET);
  if (entry === WRONG_TYPE_FOUND) return;
  const { argc, reply } = context;
  const { sets } = context.keyspace.structures;
  if (entry !== 0) sets.open(entry);
  reply.arrayHeader(argc - 2);
  for (let index = 2; index < argc; index++) {
    const isMember = entry !== 0 && sets.has(context.bytes(index), context.start(index), context.length(index));
    reply.integer(isMember ? 1 : 0);
  }
}

export function smembers(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_SET);
  if (entry === WRONG_TYPE_FOUND) return;
  const { sets } = context.keyspace.structures;
  context.reply.setHeader(entry === 0 ? 0 : sets.open(entry).count);
  while (entry !== 0 && sets.next()) replyMember(context, sets);
}

export function sscan(context: Context): void {
  const cursor = readCursor(context, 2);
  if (cursor < 0) return;
  const entry = context.lookupTyped(1, TYPE_SET);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    replyEmptyScan(context);
    return;
  }
  const options = readScanOptions(context, 3, false);
  if (options === null) return;
  const { reply } = context;
  const { sets } = context.keyspace.structures;
  const page = new HandleList();
  const next = sets.open(entry).scan(cursor, options.count, page);
  reply.arrayHeader(2);
  reply.bulkText(String(next));
  reply.deferHeader();
  let shown = 0;
  for (let index = 0; index < page.length; index++) {
    sets.show(page.items[index]);
    if (options.pattern > 0 && !matchesPattern(context, options.pattern, sets.member)) continue;
    replyMember(context, sets);
    shown++;
  }
  reply.fillArrayHeader(shown);
}
