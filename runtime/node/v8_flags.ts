import { builtin } from "../shared/builtin.ts";

/**
 * The way of a command through parser, table and entry is many small functions; V8's bounds on inlining, meant for code
 * of every kind, leave a sixth of INCR's time in calls between them. Only for the server's own process. What V8 keeps of
 * compiled code holds for the same flags, so they are set before any of it is looked at.
 */
export function widenInlining(): void {
  const { setFlagsFromString } = builtin<typeof import("node:v8")>("node:v8");
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=4000");
  setFlagsFromString("--max-inlined-bytecode-size=1000");
}
