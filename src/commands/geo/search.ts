/** GEOSEARCH, GEOSEARCHSTORE, and the deprecated GEORADIUS and GEORADIUSBYMEMBER. */
import { decodeScore, Position } from "../../base/geohash.ts";
import { EVENT_GEORADIUSSTORE, EVENT_GEOSEARCHSTORE, type KeyEvent } from "../../keyspace/key-events.ts";
import type { Handle } from "../../memory/arena.ts";
import type { ReplyBuffer } from "../../protocol/reply-writer.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { replyMember } from "../zset/reply-member.ts";
import { storeResult } from "../zset/store.ts";
import { replyDistance, replyPosition } from "./replies.ts";
import { readSearch, type SearchForm, SearchRequest } from "./search-options.ts";

const WORD = 2 ** 32;

const GEOSEARCH: SearchForm = { sourceIndex: 1, center: "options", store: "none" };
const GEOSEARCHSTORE: SearchForm = { sourceIndex: 2, center: "options", store: "first" };
const GEORADIUS: SearchForm = { sourceIndex: 1, center: "position", store: "options" };
const GEORADIUS_RO: SearchForm = { sourceIndex: 1, center: "position", store: "none" };
const GEORADIUSBYMEMBER: SearchForm = { sourceIndex: 1, center: "member", store: "options" };
const GEORADIUSBYMEMBER_RO: SearchForm = { sourceIndex: 1, center: "member", store: "none" };

export function geosearch(context: Context): void {
  search(context, GEOSEARCH);
}

export function geosearchstore(context: Context): void {
  search(context, GEOSEARCHSTORE);
}

export function georadius(context: Context): void {
  search(context, GEORADIUS);
}

export function georadiusRo(context: Context): void {
  search(context, GEORADIUS_RO);
}

export function georadiusbymember(context: Context): void {
  search(context, GEORADIUSBYMEMBER);
}

export function georadiusbymemberRo(context: Context): void {
  search(context, GEORADIUSBYMEMBER_RO);
}

function search(context: Context, form: SearchForm): void {
  const entry = context.lookupTyped(form.sourceIndex, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  const request = new SearchRequest();
  const problem = readSearch(context, form, entry, request);
  if (problem !== null) {
    context.fail(problem);
    return;
  }
  // The first few in no order would be chance, unless any will do.
  if (request.count !== 0 && request.order === "none" && !request.any) request.order = "ascending";
  if (request.destinationIndex === 0) replyHits(context, entry, request);
  else storeHits(context, entry, request, form.store === "first" ? EVENT_GEOSEARCHSTORE : EVENT_GEORADIUSSTORE);
}

/** Finds the members and puts them in order. @returns how many of them are asked for. */
function find(context: Context, entry: Handle, request: SearchRequest): number {
  if (entry === 0) return 0;
  const { zsets, geoSearch } = context.keyspace.structures;
  const { area, count, any, order, withDistance, storesDistances } = request;
  const isSorted = order !== "none";
  geoSearch.find(zsets.open(entry), area, any ? count : 0, isSorted || withDistance || storesDistances);
  const kept = count === 0 ? geoSearch.count : Math.min(count, geoSearch.count);
  if (isSorted) geoSearch.sort(order === "descending", kept);
  return kept;
}

function replyHits(context: Context, entry: Handle, request: SearchRequest): void {
  const count = find(context, entry, request);
  const { reply } = context;
  const { zsets, geoSearch } = context.keyspace.structures;
  const { area, withDistance, withHash, withCoordinates, replyWidth } = request;
  const position = new Position();
  reply.arrayHeader(count);
  for (let place = 0; place < count; place++) {
    const hit = geoSearch.order[place];
    zsets.show(geoSearch.references[hit]);
    if (replyWidth > 0) reply.arrayHeader(replyWidth + 1);
    replyMember(reply, zsets);
    if (withDistance) replyDistance(reply, geoSearch.distancesMeters[hit] / area.unitMeters);
    if (withHash) replyScore(reply, Math.trunc(geoSearch.scores[hit]));
    if (!withCoordinates) continue;
    decodeScore(geoSearch.scores[hit], position);
    replyPosition(reply, position);
  }
}

/** @param score not negative; at the edge of the map it takes 54 bits. */
function replyScore(reply: ReplyBuffer, score: number): void {
  if (score <= Number.MAX_SAFE_INTEGER) reply.integer(score);
  else reply.integer64(Math.floor(score / WORD), (score % WORD) | 0);
}

/** Stores the members with their scores or with their distances, which have all their digits. */
function storeHits(context: Context, entry: Handle, request: SearchRequest, event: KeyEvent): void {
  const count = find(context, entry, request);
  const { zsets, geoSearch, zsetAlgebra } = context.keyspace.structures;
  const { storesDistances, area, destinationIndex } = request;
  const { result } = zsetAlgebra;
  const { member } = zsets;
  const handle = context.openWrite(destinationIndex);
  if (count > 0) zsets.open(entry);
  result.beginResult(handle, count);
  for (let place = 0; place < count; place++) {
    const hit = geoSearch.order[place];
    const score = storesDistances ? geoSearch.distancesMeters[hit] / area.unitMeters : geoSearch.scores[hit];
    zsets.show(geoSearch.references[hit]);
    result.add(member.bytes, member.start, member.length, score, 0);
  }
  storeResult(context, handle, event, count);
}
