import { runMain } from "../../src/server/main.ts";
import { createPlatform } from "./platform.ts";
import { yieldToLoop } from "./thread_priority.ts";
import { widenInlining } from "./v8_flags.ts";

widenInlining();
yieldToLoop();

/** Settled when the server listens. */
export const started = runMain(createPlatform());
