/**
 * LOLWUT: a picture of characters, another every time, and the version under it.
 *
 * The standard picture is a cellular automaton: every cell of a line follows from the three above it by one of a few
 * rules, from a random first line. VERSION 5 draws Truchet tiles (slashes thrown like coins become a maze), VERSION 6
 * a range of hills at night.
 */
import { asciiBytes } from "../../base/text.ts";
import { REDIS_VERSION } from "../../commands/connection/hello.ts";
import type { Context } from "../../commands/context.ts";
import { NOT_AN_INTEGER } from "../../commands/errors.ts";

const VERSION = asciiBytes("VERSION");
const COLUMNS_DEFAULT = 66;
const COLUMNS_MAX = 200;
const ROWS_DEFAULT = 16;
const ROWS_MAX = 100;
/** Rules whose pictures are neither empty nor noise (Wolfram's numbers). */
const RULES = [30, 54, 60, 90, 105, 110, 150];

type Below = (bound: number) => number;
type Picture = (columns: number, rows: number, below: Below) => string[];

export function lolwut(context: Context): void {
  let version = 0;
  let next = 1;
  if (context.argc >= 3 && context.is(1, VERSION)) {
    const given = context.integer64(2);
    if (given === null) {
      context.fail(NOT_AN_INTEGER);
      return;
    }
    version = given;
    next = 3;
  }
  const picture: Picture = version === 5 ? maze : version === 6 ? hills : automaton;
  let columns: number | null = COLUMNS_DEFAULT;
  let rows: number | null = ROWS_DEFAULT;
  // Only the older pictures have a size to ask for.
  if (version === 5 || version === 6) {
    if (next < context.argc) columns = context.integer64(next);
    if (next + 1 < context.argc) rows = context.integer64(next + 1);
  }
  if (columns === null || rows === null) {
    context.fail(NOT_AN_INTEGER);
    return;
  }
  const below: Below = (bound) => context.keyspace.random.below(bound);
  const lines = picture(clamp(columns, COLUMNS_MAX), clamp(rows, ROWS_MAX), below);
  context.reply.verbatim("txt", `${lines.join("\n")}\n\nRedis ver. ${REDIS_VERSION}\n`);
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(1, value), max);
}

function automaton(columns: number, rows: number, below: Below): string[] {
  const rule = RULES[below(RULES.length)];
  let cells: number[] = Array.from({ length: columns }, () => (below(4) === 0 ? 1 : 0));
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    lines.push(cells.map((cell) => (cell === 1 ? "#" : " ")).join(""));
    const above = cells;
    cells = above.map((cell, column) => {
      const left = above[(column + columns - 1) % columns];
      const right = above[(column + 1) % columns];
      return (rule >> (left * 4 + cell * 2 + right)) & 1;
    });
  }
  return lines;
}

function maze(columns: number, rows: number, below: Below): string[] {
  const line = (): string => Array.from({ length: columns }, () => "/\\"[below(2)]).join("");
  return Array.from({ length: rows }, line);
}

function hills(columns: number, rows: number, below: Below): string[] {
  let height = Math.floor(rows / 2);
  const heights = Array.from({ length: columns }, () => {
    height = Math.min(Math.max(1, height + below(3) - 1), rows);
    return height;
  });
  return Array.from({ length: rows }, (_, row) => {
    const level = rows - row;
    return heights.map((top) => (level < top ? ":" : level === top ? "^" : below(40) === 0 ? "." : " ")).join("");
  });
}
