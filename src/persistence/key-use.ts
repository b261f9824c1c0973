import { lfuOf, lruIdleFor } from "../keyspace/access.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Handle } from "../memory/arena.ts";
import { setAccess } from "../structures/entry.ts";

/**
 * Gives a new key the time of its last use, or how often it is used: whichever the policy of eviction goes by.
 * @param idleSeconds,frequency negative where it is not known: then the key is as a new one.
 */
export function setUse(keyspace: Keyspace, entry: Handle, idleSeconds: number, frequency: number): void {
  const { accessClock, arena, lfu, newAccess, nowMs } = keyspace;
  let access = newAccess;
  if (lfu && frequency >= 0) access = lfuOf(frequency, nowMs);
  else if (!lfu && idleSeconds >= 0) access = lruIdleFor(idleSeconds, accessClock);
  setAccess(arena, entry, access);
}
