/** What GEOSEARCH, GEORADIUS and their kin are asked for. */
import { asciiBytes } from "../../base/text.ts";
import { GeoArea } from "../../keyspace/geo-area.ts";
import type { Handle } from "../../memory/arena.ts";
import type { Context } from "../context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../errors.ts";
import { doubleAt, readPosition, readUnit } from "./arguments.ts";
import { findPosition } from "./position.ts";

const WITHDIST = asciiBytes("WITHDIST");
const WITHHASH = asciiBytes("WITHHASH");
const WITHCOORD = asciiBytes("WITHCOORD");
const ANY = asciiBytes("ANY");
const ASC = asciiBytes("ASC");
const DESC = asciiBytes("DESC");
const COUNT = asciiBytes("COUNT");
const STORE = asciiBytes("STORE");
const STOREDIST = asciiBytes("STOREDIST");
const FROMMEMBER = asciiBytes("FROMMEMBER");
const FROMLONLAT = asciiBytes("FROMLONLAT");
const BYRADIUS = asciiBytes("BYRADIUS");
const BYBOX = asciiBytes("BYBOX");

const NO_RADIUS = "ERR need numeric radius";
const NEGATIVE_RADIUS = "ERR radius cannot be negative";
const NO_WIDTH = "ERR need numeric width";
const NO_HEIGHT = "ERR need numeric height";
const NEGATIVE_SIDE = "ERR height or width cannot be negative";
const NO_SUCH_MEMBER = "ERR could not decode requested zset member";
const COUNT_NOT_POSITIVE = "ERR COUNT must be > 0";
const ANY_WITHOUT_COUNT = "ERR the ANY argument requires COUNT argument";
const INCOMPATIBLE = "is not compatible with WITHDIST, WITHHASH and WITHCOORD options";

/** What differs between the commands. */
export interface SearchForm {
  /** Where the key that is searched stands. */
  readonly sourceIndex: number;
  /** The centre: a position or a member after the key with a radius behind it, or by options. */
  readonly center: "position" | "member" | "options";
  /** The destination: named by options, the first argument, or none. */
  readonly store: "options" | "first" | "none";
}

export class SearchRequest {
  readonly area: GeoArea = new GeoArea();
  withDistance = false;
  withHash = false;
  withCoordinates = false;
  order: "none" | "ascending" | "descending" = "none";
  /** 0 is all. */
  count = 0;
  any = false;
  /** Index of the argument that names the destination, 0 for none. */
  destinationIndex = 0;
  storesDistances = false;

  get replyWidth(): number {
    return (this.withDistance ? 1 : 0) + (this.withHash ? 1 : 0) + (this.withCoordinates ? 1 : 0);
  }
}

/** Which of the parts that GEOSEARCH must have were there. */
interface Parts {
  member: boolean;
  position: boolean;
  radius: boolean;
  box: boolean;
}

/**
 * Reads all arguments.
 * @param entry the sorted set, 0 when there is none: then there is no member to start from, and mistakes count still.
 * @returns an error, or null.
 */
export function readSearch(context: Context, form: SearchForm, entry: Handle, request: SearchRequest): string | null {
  const parts: Parts = { member: false, position: false, radius: false, box: false };
  const first = firstOption(form);
  const problem = readCenter(context, form, entry, request) ?? readOptions(context, form, first, entry, request, parts);
  if (problem !== null) return problem;
  if (form.store === "first") request.destinationIndex = 1;
  if (request.destinationIndex !== 0 && request.replyWidth > 0) {
    return `ERR ${form.store === "first" ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS"} ${INCOMPATIBLE}`;
  }
  if (form.center === "options") {
    const name = context.text(0);
    if (!parts.member && !parts.position) {
      return `ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`;
    }
    if (!parts.radius && !parts.box) return `ERR exactly one of BYRADIUS and BYBOX can be specified for ${name}`;
  }
  if (request.any && request.count === 0) return ANY_WITHOUT_COUNT;
  return null;
}

/** After the key: `longitude latitude radius unit`, `member radius unit`, or nothing. */
function firstOption({ center, sourceIndex }: SearchForm): number {
  if (center === "options") return sourceIndex + 1;
  return sourceIndex + (center === "position" ? 5 : 4);
}

function readCenter(context: Context, form: SearchForm, entry: Handle, { area }: SearchRequest): string | null {
  const index = form.sourceIndex + 1;
  if (form.center === "position") {
    return readPosition(context, index, area.center) ?? readRadius(context, index + 2, area);
  }
  if (form.center === "options" || entry === 0) return null;
  return readMember(context, index, entry, area) ?? readRadius(context, index + 1, area);
}

function readOptions(
  context: Context,
  form: SearchForm,
  first: number,
  entry: Handle,
  request: SearchRequest,
  parts: Parts,
): string | null {
  for (let index = first; index < context.argc; index++) {
    if (readFlag(context, index, request)) continue;
    const following = context.argc - index - 1;
    let taken = 0;
    let problem: string | null = null;
    if (following >= 1 && context.is(index, COUNT)) {
      problem = readCount(context, index + 1, request);
      taken = 1;
    } else if (form.store === "options" && following >= 1 && isStore(context, index)) {
      request.destinationIndex = index + 1;
      request.storesDistances = context.is(index, STOREDIST);
      taken = 1;
    } else if (form.store === "first" && context.is(index, STOREDIST)) {
      request.storesDistances = true;
    } else if (form.center === "options") {
      const outcome = readPart(context, index, following, entry, request.area, parts);
      if (typeof outcome === "string") problem = outcome;
      else taken = outcome;
    } else {
      problem = SYNTAX_ERROR;
    }
    if (problem !== null) return problem;
    index += taken;
  }
  return null;
}

function isStore(context: Context, index: number): boolean {
  return context.is(index, STORE) || context.is(index, STOREDIST);
}

/** @returns whether the argument is an option that stands alone. */
function readFlag(context: Context, index: number, request: SearchRequest): boolean {
  if (context.is(index, WITHDIST)) request.withDistance = true;
  else if (context.is(index, WITHHASH)) request.withHash = true;
  else if (context.is(index, WITHCOORD)) request.withCoordinates = true;
  else if (context.is(index, ANY)) request.any = true;
  else if (context.is(index, ASC)) request.order = "ascending";
  else if (context.is(index, DESC)) request.order = "descending";
  else return false;
  return true;
}

function readCount(context: Context, index: number, request: SearchRequest): string | null {
  const count = context.integer64(index);
  if (count === null) return NOT_AN_INTEGER;
  if (count <= 0) return COUNT_NOT_POSITIVE;
  request.count = count;
  return null;
}

/** Reads where GEOSEARCH searches. @returns how many arguments belong to the option, or an error. */
function readPart(
  context: Context,
  index: number,
  following: number,
  entry: Handle,
  area: GeoArea,
  parts: Parts,
): number | string {
  if (following >= 1 && !parts.position && context.is(index, FROMMEMBER)) {
    parts.member = true;
    return (entry === 0 ? null : readMember(context, index + 1, entry, area)) ?? 1;
  }
  if (following >= 2 && !parts.member && context.is(index, FROMLONLAT)) {
    parts.position = true;
    return readPosition(context, index + 1, area.center) ?? 2;
  }
  if (following >= 2 && !parts.box && context.is(index, BYRADIUS)) {
    parts.radius = true;
    return readRadius(context, index + 1, area) ?? 2;
  }
  if (following >= 3 && !parts.radius && context.is(index, BYBOX)) {
    parts.box = true;
    return readBox(context, index + 1, area) ?? 3;
  }
  return SYNTAX_ERROR;
}

function readMember(context: Context, index: number, entry: Handle, { center }: GeoArea): string | null {
  const zset = context.keyspace.structures.zsets.open(entry);
  return findPosition(context, zset, index, center) ? null : NO_SUCH_MEMBER;
}

function readRadius(context: Context, index: number, area: GeoArea): string | null {
  const radius = doubleAt(context, index);
  if (radius === null) return NO_RADIUS;
  if (radius < 0) return NEGATIVE_RADIUS;
  const unit = readUnit(context, index + 1);
  if (typeof unit === "string") return unit;
  area.isBox = false;
  area.radius = radius;
  area.unitMeters = unit;
  return null;
}

function readBox(context: Context, index: number, area: GeoArea): string | null {
  const width = doubleAt(context, index);
  if (width === null) return NO_WIDTH;
  const height = doubleAt(context, index + 1);
  if (height === null) return NO_HEIGHT;
  if (width < 0 || height < 0) return NEGATIVE_SIDE;
  const unit = readUnit(context, index + 2);
  if (typeof unit === "string") return unit;
  area.isBox = true;
  area.width = width;
  area.height = height;
  area.unitMeters = unit;
  return null;
}
