import type { Context } from "../../commands/context.ts";
import { PACKED_THRESHOLD_BYTES_DEFAULT } from "../../structures/quicklist-limits.ts";
import { readMemory } from "../config/numbers.ts";

const THRESHOLD_BYTES_MAX = 2n ** 32n - 2n ** 20n;

/** From which length on an element of a list stands in a node of its own, for tests of such nodes. */
export function debugPackedThreshold(context: Context): void {
  const bytes = readMemory(context.text(2));
  if (bytes === null || bytes < 0n || bytes > THRESHOLD_BYTES_MAX) {
    context.fail("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    return;
  }
  const { quicklist } = context.keyspace.structures.lists;
  quicklist.packedThresholdBytes = bytes === 0n ? PACKED_THRESHOLD_BYTES_DEFAULT : Number(bytes);
  context.reply.ok();
}
