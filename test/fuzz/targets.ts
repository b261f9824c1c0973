/** All fuzz targets, by the name that `scripts/fuzz.ts` takes. */
import type { FuzzTarget } from "./fuzz.ts";
import { parserTarget } from "./parser.fuzz.ts";
import { replyTarget } from "./reply.fuzz.ts";
import { restoreTarget } from "./restore.fuzz.ts";

export const targets: readonly FuzzTarget[] = [parserTarget(), replyTarget(), restoreTarget()];
