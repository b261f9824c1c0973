import type { SetValue } from "../../keyspace/set-value.ts";
import { TYPE_SET } from "../../structures/entry.ts";
import { type ElementScan, scanCollection } from "../collection-scan.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";

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

const MEMBERS: ElementScan<SetValue> = {
  type: TYPE_SET,
  isOptionallyBare: false,
  valueOf: (context) => context.keyspace.structures.sets,
  nameOf: (sets) => sets.member,
  reply(context, sets) {
    replyMember(context, sets);
    return 1;
  },
};

export function sscan(context: Context): void {
  scanCollection(context, MEMBERS);
}
