import { setFlagsFromString } from "node:v8";
import { runMain } from "../../src/server/main.ts";
import { createPlatform } from "./platform.ts";
import { yieldToLoop } from "./thread_priority.ts";

// The way of a command through parser, table and entry is many small functions; V8's bounds on inlining, meant for
// code of every kind, leave a sixth of INCR's time in calls between them. This is the server's own process.
setFlagsFromString("--max-inlined-bytecode-size-cumulative=4000");
setFlagsFromString("--max-inlined-bytecode-size=1000");
yieldToLoop();

await runMain(createPlatform());
