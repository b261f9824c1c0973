/**
 * SPOP. What it takes is drawn by chance, so it is recorded as the SREM of these members, a thousand or so a command,
 * or as the DEL (or UNLINK, if it is to be lazy) of a set that is taken whole.
 */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_DEL, EVENT_SPOP } from "../../keyspace/key-events.ts";
import { drawDistinct } from "../../keyspace/random-draw.ts";
import type { SetValue } from "../../keyspace/set-value.ts";
import { EXPIRY_KEEP, type WriteHandle } from "../../keyspace/write-handle.ts";
import { ENCODING_LISTPACK, ENCODING_TABLE, TYPE_SET } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import type { Context } from "../context.ts";
import { NOT_POSITIVE, SYNTAX_ERROR } from "../errors.ts";
import { readAtLeast } from "../integers.ts";
import { closeShrunk } from "../write-steps.ts";
import { replyMember } from "./read.ts";

const SREM = asciiBytes("SREM");
const DEL = asciiBytes("DEL");
const UNLINK = asciiBytes("UNLINK");
/** Members in one SREM. */
const EFFECT_MEMBERS_MAX = 1024;
/** From a table of which no more than a sixth or so will be left, what is left is moved to a set of its own. */
const TAKEN_PER_LEFT = 5;

export function spop(context: Context): void {
  if (context.argc > 2) {
    popMany(context);
    return;
  }
  const handle = context.openTyped(1, TYPE_SET);
  if (handle === null) return;
  if (handle.entry === 0) {
    handle.close(null, 0);
    context.reply.nullBulk();
    return;
  }
  const { random, structures } = context.keyspace;
  const { sets } = structures;
  sets.beginRemove(handle);
  const taken = sets.random(random);
  sets.show(taken);
  replyMember(context, sets);
  if (context.effects.active) new RemovalLog(context, 1).add(sets);
  sets.removeAt(taken);
  closeShrunk(handle, EVENT_SPOP, 1, sets.endEdit() === 0);
}

function popMany(context: Context): void {
  if (context.argc > 3) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const count = readAtLeast(context, 2, 0, NOT_POSITIVE);
  if (Number.isNaN(count)) return;
  const handle = context.openTyped(1, TYPE_SET);
  if (handle === null) return;
  if (handle.entry === 0 || count === 0) {
    handle.close(null, 0);
    context.reply.setHeader(0);
    return;
  }
  const { sets } = context.keyspace.structures;
  const size = sets.open(handle.entry).count;
  if (count >= size) {
    popAll(context, handle);
    handle.signal(EVENT_SPOP);
    handle.close(EVENT_DEL, size);
    return;
  }
  context.reply.setHeader(count);
  const left = size - count;
  if (sets.encoding === ENCODING_TABLE && left * TAKEN_PER_LEFT <= count) popAllBut(context, handle, left);
  else popSome(context, handle, count);
  handle.close(EVENT_SPOP, count);
}

/** Takes the set whole; its blocks go in slices. */
function popAll(context: Context, handle: WriteHandle): void {
  const { reply, effects } = context;
  const { sets } = context.keyspace.structures;
  reply.setHeader(sets.count);
  while (sets.next()) replyMember(context, sets);
  handle.unlink();
  if (!effects.active) return;
  effects.begin(context.database.index, 2);
  effects.constant(context.keyspace.unlinksEmptied ? UNLINK : DEL);
  effects.argument(context.bytes(1), context.start(1), context.length(1));
}

/** Draws members and removes them where they are. */
function popSome(context: Context, handle: WriteHandle, count: number): void {
  const { random, structures } = context.keyspace;
  const { sets } = structures;
  const drawn = new HandleList();
  const log = new RemovalLog(context, count);
  sets.beginRemove(handle);
  drawDistinct(sets, count, random, drawn);
  const taken = drawn.items.subarray(0, count);
  // In a block, from its end on: a removal moves what is behind it.
  if (sets.encoding !== ENCODING_TABLE) taken.sort();
  for (let index = count - 1; index >= 0; index--) {
    sets.show(taken[index]);
    replyMember(context, sets);
    log.add(sets);
    sets.removeAt(taken[index]);
  }
  sets.endEdit();
}

/** Draws the members that stay, which are few, into a new set, and takes all others; the old table goes in slices. */
function popAllBut(context: Context, handle: WriteHandle, left: number): void {
  const { random, structures } = context.keyspace;
  const { sets, setAlgebra } = structures;
  const { result } = setAlgebra;
  const drawn = new HandleList();
  const log = new RemovalLog(context, sets.count - left);
  drawDistinct(sets, left, random, drawn);
  result.beginBuild(handle, ENCODING_LISTPACK);
  for (let index = 0; index < left; index++) {
    sets.show(drawn.items[index]);
    result.addMember(sets.member);
  }
  while (sets.next()) {
    if (result.hasMember(sets.member)) continue;
    replyMember(context, sets);
    log.add(sets);
  }
  result.endBuild(EXPIRY_KEEP);
}

/** Records the removal of members as SREM commands. */
class RemovalLog {
  readonly #context: Context;
  /** Members that are yet to come, and of these in the command that was begun last. */
  #left: number;
  #leftInCommand = 0;

  constructor(context: Context, members: number) {
    this.#context = context;
    this.#left = members;
  }

  /** Records the member that a set shows. */
  add({ member }: SetValue): void {
    const context = this.#context;
    const { effects } = context;
    if (!effects.active) return;
    if (this.#leftInCommand === 0) {
      this.#leftInCommand = Math.min(this.#left, EFFECT_MEMBERS_MAX);
      effects.begin(context.database.index, 2 + this.#leftInCommand);
      effects.constant(SREM);
      effects.argument(context.bytes(1), context.start(1), context.length(1));
    }
    effects.argument(member.bytes, member.start, member.length);
    this.#left--;
    this.#leftInCommand--;
  }
}
