import { readdirSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import process from "node:process";

const TASKS = "/proc/self/task";
/** Steps below the loop's, of 40: a quarter of a processor beside a thread that has kept its own. */
const NICER_BY = 5;
const NICENESS_MAX = 19;

/**
 * Has the threads that are there give way to the event loop, on Linux, where a thread has a priority of its own. It is
 * meant for the four that V8 compiles and marks on: while a server that has just been started meets its first load they
 * are all busy, and on two processors the loop got a third of one, in pieces of 4 ms with 8 ms in between, so that a turn
 * of 8 ms took 27. Nothing tells threads apart, so libuv's for files, which the loader has used, give way too; they wait
 * for the disk more than for a processor.
 *
 * Elsewhere, or where the system does not let it, nothing happens.
 */
export function yieldToLoop(): void {
  if (process.platform !== "linux") return;
  try {
    const niceness = Math.min(getPriority() + NICER_BY, NICENESS_MAX);
    for (const task of readdirSync(TASKS)) if (Number(task) !== process.pid) setPriority(Number(task), niceness);
  } catch {
    // What it changes is how soon, never what.
  }
}
