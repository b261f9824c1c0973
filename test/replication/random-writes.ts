/** Commands that change strings and keys of any kind, out of the rows: what a snapshot has to stand. */
import type { Draw } from "../differential/draw.ts";
import { CommandGenerator } from "../differential/generator.ts";
import { rowsToTest } from "../differential/run.ts";

const GROUPS: readonly string[] = ["string", "generic"];
/** Would make values of other types. */
const LEFT_OUT: readonly string[] = ["restore", "sort", "sort_ro", "wait", "waitaof"];
export const DATABASES = 4;
/** Keys that commands work on beside those of the generator, so many that a snapshot takes many slices. */
const FILLED = 400;
const LONG_VALUES = 2;
/** Longer than what an RDB copies, and several pages of a big string. */
const LONG_BYTES = [70_000, 1_200_000];

const rows = rowsToTest().filter(
  ({ name, group, flags }) => GROUPS.includes(group) && flags.includes("write") && !LEFT_OUT.includes(name),
);

export class RandomWrites {
  readonly #draw: Draw;
  readonly #generator = new CommandGenerator(rows);

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** Fills every database: short and long values, integers, keys that expire and that do not. */
  *fill(nowMs: number): Generator<string[]> {
    const draw = this.#draw;
    for (let database = 0; database < DATABASES; database++) {
      yield ["SELECT", String(database)];
      for (let index = 0; index < FILLED; index++) {
        const expiry = draw.chance(0.3) ? ["PXAT", String(nowMs + draw.between(50, 5_000_000))] : [];
        yield ["SET", `filled:${index}`, this.#value(), ...expiry];
      }
      for (let index = 0; index < LONG_VALUES; index++) {
        yield ["SET", `long:${index}`, "l".repeat(draw.pick(LONG_BYTES) + draw.below(100))];
      }
    }
  }

  next(): string[] {
    const draw = this.#draw;
    if (draw.chance(0.05)) return ["SELECT", String(draw.below(DATABASES))];
    if (draw.chance(0.5)) return [...this.#generator.next(draw, false).args];
    const key = draw.chance(0.1) ? `long:${draw.below(LONG_VALUES)}` : `filled:${draw.below(FILLED)}`;
    const other = `filled:${draw.below(FILLED)}`;
    return draw.pick([
      ["SET", key, this.#value(), "KEEPTTL"],
      ["APPEND", key, this.#value()],
      ["SETRANGE", key, String(draw.below(5000)), "changed"],
      ["DEL", key, other],
      ["RENAME", key, other],
      ["COPY", key, other, "DB", String(draw.below(DATABASES)), "REPLACE"],
      ["MOVE", key, String(draw.below(DATABASES))],
      ["INCR", key],
      ["PEXPIRE", key, String(draw.between(1, 3000))],
      ["PERSIST", key],
      ["SWAPDB", String(draw.below(DATABASES)), String(draw.below(DATABASES))],
    ]);
  }

  #value(): string {
    const draw = this.#draw;
    if (draw.chance(0.3)) return String(draw.between(-40_000, 2_000_000_000));
    if (draw.chance(0.1)) return String(BigInt(draw.between(1, 2 ** 30)) * BigInt(draw.between(1, 2 ** 30)));
    return String.fromCharCode(97 + draw.below(26)).repeat(draw.below(300));
  }
}
