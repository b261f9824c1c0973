/** HRANDFIELD, SRANDMEMBER, ZRANDMEMBER: elements of a collection, drawn at random. */
import { type Drawable, drawDistinct } from "../keyspace/random-draw.ts";
import type { Handle } from "../memory/arena.ts";
import { HandleList } from "../structures/handle-list.ts";
import { type Context, WRONG_TYPE_FOUND } from "./context.ts";
import { readRandomCount } from "./random-count.ts";
import { replyPairsHeader } from "./reply-pairs.ts";

/** A value from which elements are drawn, as its type has it. */
export interface DrawnValue extends Drawable {
  open(entry: Handle): unknown;
  /** Shows the next element, from the first on. @returns false at the end. */
  next(): boolean;
  show(reference: Handle): void;
}

/** How a type's elements are drawn. */
export interface ElementDraw<Value extends DrawnValue> {
  readonly type: number;
  /** The word that asks for what belongs to each element too; null where nothing does. */
  readonly option: string | null;
  valueOf(context: Context): Value;
  /** Replies with the element that the value shows. */
  reply(context: Context, value: Value, isPaired: boolean): void;
}

export function drawElements<Value extends DrawnValue>(context: Context, draw: ElementDraw<Value>): void {
  if (context.argc === 2) {
    drawOne(context, draw);
    return;
  }
  const request = readRandomCount(context, draw.option);
  if (request !== null) drawMany(context, draw, request.count, request.isPaired);
}

function drawOne<Value extends DrawnValue>(context: Context, draw: ElementDraw<Value>): void {
  const entry = context.lookupTyped(1, draw.type);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    context.reply.nullBulk();
    return;
  }
  const value = draw.valueOf(context);
  value.open(entry);
  value.show(value.random(context.keyspace.random));
  draw.reply(context, value, false);
}

/** @param count distinct elements at the most; if negative, as many, of which some may be the same. */
function drawMany<Value extends DrawnValue>(
  context: Context,
  draw: ElementDraw<Value>,
  count: number,
  isPaired: boolean,
): void {
  const entry = context.lookupTyped(1, draw.type);
  if (entry === WRONG_TYPE_FOUND) return;
  const { reply } = context;
  if (entry === 0 || count === 0) {
    reply.arrayHeader(0);
    return;
  }
  const value = draw.valueOf(context);
  value.open(entry);
  replyPairsHeader(reply, count < 0 ? -count : Math.min(count, value.count), isPaired);
  if (count < 0) replyDraws(context, draw, value, -count, isPaired);
  else if (count >= value.count) while (value.next()) draw.reply(context, value, isPaired);
  else replyDistinct(context, draw, value, count, isPaired);
}

function replyDistinct<Value extends DrawnValue>(
  context: Context,
  draw: ElementDraw<Value>,
  value: Value,
  count: number,
  isPaired: boolean,
): void {
  const drawn = new HandleList();
  drawDistinct(value, count, context.keyspace.random, drawn);
  for (let index = 0; index < count; index++) {
    value.show(drawn.items[index]);
    draw.reply(context, value, isPaired);
  }
}

/** Draws anew each time. */
function replyDraws<Value extends DrawnValue>(
  context: Context,
  draw: ElementDraw<Value>,
  value: Value,
  count: number,
  isPaired: boolean,
): void {
  const { random } = context.keyspace;
  const all = new HandleList();
  if (value.isPacked) value.collect(all);
  for (let left = count; left > 0 && !context.client.closeAfterReply; left--) {
    value.show(value.isPacked ? all.items[random.below(all.length)] : value.random(random));
    draw.reply(context, value, isPaired);
  }
}
