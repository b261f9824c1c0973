/**
 * SORT and SORT_RO.
 *
 *     read the options → read the elements → what each is worth → their order → reply, or store
 *
 * Elements are read into columns (`sort-texts.ts`), and so is what GET finds when it is stored: a list is made without
 * anything being looked up in between.
 *
 * Without an order (BY a pattern without a star) a list and a sorted set keep their own, and only the range that LIMIT
 * asks for is read. A set has none to keep: its elements come as they stand, but are sorted as texts when they are
 * stored, since replicas repeat the command and must get the same list.
 *
 * Texts are compared by their bytes, in every locale.
 */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_SORTSTORE } from "../../keyspace/key-events.ts";
import type { Handle } from "../../memory/arena.ts";
import { ENCODING_TABLE, encodingOf, Span, TYPE_LIST, TYPE_SET, TYPE_ZSET, typeOf } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR, WRONG_TYPE } from "../errors.ts";
import { LIMIT, type Limited, readLimit } from "../limit.ts";
import { deleteAndClose } from "../write-steps.ts";
import { ordinals, SortOrder, textKeys } from "./sort-order.ts";
import { SortPattern } from "./sort-pattern.ts";
import { sortScore } from "./sort-score.ts";
import { SortTexts } from "./sort-texts.ts";

const ASC = asciiBytes("ASC");
const DESC = asciiBytes("DESC");
const ALPHA = asciiBytes("ALPHA");
const STORE = asciiBytes("STORE");
const BY = asciiBytes("BY");
const GET = asciiBytes("GET");

const NOT_A_SCORE = "ERR One or more scores can't be converted into double";

class SortRequest implements Limited {
  isDescending = false;
  isAlpha = false;
  /** Whether the elements come in the order that they have. */
  isUnsorted = false;
  offset = 0;
  /** Negative for all. */
  limit = -1;
  by: SortPattern | null = null;
  readonly gets: SortPattern[] = [];
  /** Index of the argument that says where to store, 0 for nowhere. */
  destination = 0;
  /** Ranks that are wanted, from `first` to before `end`. */
  first = 0;
  end = 0;

  /** Applies LIMIT to as many elements. */
  setRange(count: number): void {
    this.first = Math.min(Math.max(this.offset, 0), count);
    this.end = this.limit < 0 ? count : Math.min(this.first + this.limit, count);
  }
}

/** Elements that were read, and in which order they go out. */
interface Sorted {
  readonly elements: SortTexts;
  readonly order: Int32Array;
  /** What of the order goes out. */
  readonly first: number;
  readonly end: number;
}

export function sort(context: Context): void {
  sortGeneric(context, true);
}

export function sortReadOnly(context: Context): void {
  sortGeneric(context, false);
}

function sortGeneric(context: Context, mayStore: boolean): void {
  const request = readRequest(context, mayStore);
  if (request === null) return;
  const entry = context.lookupRead(1);
  const type = entry === 0 ? TYPE_LIST : typeOf(context.keyspace.arena, entry);
  if (type !== TYPE_LIST && type !== TYPE_SET && type !== TYPE_ZSET) {
    context.fail(WRONG_TYPE);
    return;
  }
  if (request.isUnsorted && type === TYPE_SET && request.destination !== 0) {
    request.isUnsorted = false;
    request.isAlpha = true;
    request.by = null;
  }
  const sorted = request.isUnsorted
    ? readInOrder(context, entry, type, request)
    : readAndSort(context, entry, type, request);
  if (sorted === null) context.fail(NOT_A_SCORE);
  else if (request.destination === 0) replyElements(context, sorted, request.gets);
  else store(context, sorted, request);
}

// ---- options -------------------------------------------------------------------------------------------------------

/** @returns null when an error has been replied. */
function readRequest(context: Context, mayStore: boolean): SortRequest | null {
  const request = new SortRequest();
  const { argc } = context;
  for (let index = 2; index < argc; index++) {
    const following = argc - index - 1;
    if (context.is(index, ASC)) {
      request.isDescending = false;
    } else if (context.is(index, DESC)) {
      request.isDescending = true;
    } else if (context.is(index, ALPHA)) {
      request.isAlpha = true;
    } else if (following >= 2 && context.is(index, LIMIT)) {
      if (!readLimit(context, index + 1, request)) return null;
      index += 2;
    } else if (following >= 1 && mayStore && context.is(index, STORE)) {
      request.destination = ++index;
    } else if (following >= 1 && context.is(index, BY)) {
      request.by = new SortPattern(context, ++index);
      // As in Redis: a later pattern with a star does not take it back.
      request.isUnsorted ||= !request.by.hasStar;
    } else if (following >= 1 && context.is(index, GET)) {
      request.gets.push(new SortPattern(context, ++index));
    } else {
      context.fail(SYNTAX_ERROR);
      return null;
    }
  }
  return request;
}

// ---- reading -------------------------------------------------------------------------------------------------------

/** Reads the elements of the range that is wanted, in the order that they have. */
function readInOrder(context: Context, entry: Handle, type: number, request: SortRequest): Sorted {
  const count = countOf(context, entry, type);
  request.setRange(count);
  const { first, isDescending } = request;
  const wanted = Math.max(0, request.end - first);
  const elements = new SortTexts(wanted);
  if (wanted > 0) {
    const { lists, sets, zsets } = context.keyspace.structures;
    const from = isDescending ? count - 1 - first : first;
    if (type === TYPE_LIST) {
      lists.seek(from);
      for (let left = wanted; left > 0; left--) {
        lists.show();
        elements.add(lists.item);
        if (left > 1) lists.move(isDescending);
      }
    } else if (type === TYPE_SET) {
      for (let skipped = 0; skipped < first; skipped++) sets.next();
      while (elements.count < wanted && sets.next()) elements.add(sets.member);
    } else {
      zsets.seek(from);
      while (elements.count < wanted && zsets.take(isDescending)) elements.add(zsets.member);
    }
  }
  return { elements, order: ordinals(wanted), first: 0, end: wanted };
}

/** @returns null when an element is worth no number. */
function readAndSort(context: Context, entry: Handle, type: number, request: SortRequest): Sorted | null {
  const elements = readAll(context, entry, type);
  request.setRange(elements.count);
  const { by, end, first, isAlpha, isDescending } = request;
  const span = new Span();
  // What compares the same keeps its place; in a table it has none.
  const isTable = entry !== 0 && encodingOf(context.keyspace.arena, entry) === ENCODING_TABLE;
  const last = isTable ? elements : null;
  let order: SortOrder;
  if (isAlpha) {
    const texts = by === null ? elements : weightsOf(elements, by, span);
    order = new SortOrder(textKeys(texts, span), texts, last, isDescending);
  } else {
    const scores = scoresOf(elements, by, span);
    if (scores === null) return null;
    order = new SortOrder(scores, elements, last, isDescending);
  }
  return { elements, order: order.firstRanks(end), first, end };
}

/** Opens the value. @returns how many elements it has. */
function countOf(context: Context, entry: Handle, type: number): number {
  const { lists, sets, zsets } = context.keyspace.structures;
  if (entry === 0) return 0;
  const value = type === TYPE_LIST ? lists : type === TYPE_SET ? sets : zsets;
  return value.open(entry).count;
}

function readAll(context: Context, entry: Handle, type: number): SortTexts {
  const elements = new SortTexts(countOf(context, entry, type));
  if (entry === 0) return elements;
  const { lists, sets, zsets } = context.keyspace.structures;
  if (type === TYPE_LIST) {
    for (let isMore = lists.seek(0); isMore; isMore = lists.move(false)) {
      lists.show();
      elements.add(lists.item);
    }
  } else if (type === TYPE_SET) {
    while (sets.next()) elements.add(sets.member);
  } else {
    while (zsets.next()) elements.add(zsets.member);
  }
  return elements;
}

/** What a pattern finds for each element. */
function weightsOf(elements: SortTexts, by: SortPattern, span: Span): SortTexts {
  const weights = new SortTexts(elements.count);
  for (let index = 0; index < elements.count; index++) {
    elements.show(index, span);
    by.find(span);
    if (by.show(span)) weights.add(span);
    else weights.addAbsent();
  }
  return weights;
}

/** What each element is worth; where the pattern finds nothing, 0. @returns null when one is worth no number. */
function scoresOf(elements: SortTexts, by: SortPattern | null, span: Span): Float64Array | null {
  const scores = new Float64Array(elements.count);
  let isNumber = true;
  for (let index = 0; index < scores.length; index++) {
    elements.show(index, span);
    if (by !== null) {
      by.find(span);
      if (!by.show(span)) continue;
    }
    scores[index] = sortScore(span);
    if (Number.isNaN(scores[index])) isNumber = false;
  }
  return isNumber ? scores : null;
}

// ---- what goes out -------------------------------------------------------------------------------------------------

function replyElements(context: Context, { elements, order, first, end }: Sorted, gets: readonly SortPattern[]): void {
  const { reply } = context;
  const span = new Span();
  reply.arrayHeader((end - first) * Math.max(1, gets.length));
  for (let rank = first; rank < end; rank++) {
    elements.show(order[rank], span);
    if (gets.length === 0) reply.bulk(span.bytes, span.start, span.length);
    for (const pattern of gets) {
      pattern.find(span);
      pattern.reply();
    }
  }
}

/** Makes the destination a list of what would have been replied, with empty elements for what was not found. */
function store(context: Context, sorted: Sorted, { destination, gets }: SortRequest): void {
  const { first, end } = sorted;
  const { elements, order } = gets.length === 0 ? sorted : getAll(sorted, gets);
  const count = (end - first) * Math.max(1, gets.length);
  const from = gets.length === 0 ? first : 0;
  const handle = context.openWrite(destination);
  if (count > 0) {
    const { lists } = context.keyspace.structures;
    const span = new Span();
    lists.beginBuild(handle);
    for (let index = from; index < from + count; index++) {
      elements.show(order[index], span);
      lists.push(true, span.bytes, span.start, span.length);
    }
    lists.endBuild();
    handle.close(EVENT_SORTSTORE, count);
  } else {
    deleteAndClose(handle);
  }
  context.reply.integer(count);
}

/** What the patterns find for each rank, one after the other. */
function getAll({ elements, order, first, end }: Sorted, gets: readonly SortPattern[]): Sorted {
  const count = (end - first) * gets.length;
  const found = new SortTexts(count);
  const span = new Span();
  const nothing = new Span();
  for (let rank = first; rank < end; rank++) {
    for (const pattern of gets) {
      elements.show(order[rank], span);
      pattern.find(span);
      found.add(pattern.show(span) ? span : nothing);
    }
  }
  return { elements: found, order: ordinals(count), first: 0, end: count };
}
