/**
 * Removing the fields of a hash that have lapsed: for a command that looks the hash up, before it sees anything, and
 * for the slices that do it without being asked (`Keyspace.expireDueFields`). Both remove a bounded number of fields a
 * call; how the rest stays out of sight is told in `hash-value.ts`.
 *
 * It is no change that a command makes: nothing is counted as dirty. Whoever repeats the dataset does not let fields
 * lapse by itself, it is told to remove them (HDEL), or if that would be too many, of a hash that is gone altogether, to
 * remove the key (DEL).
 */
import { EVENT_DEL, EVENT_HEXPIRED } from "./key-events.ts";
import type { Keyspace } from "./keyspace.ts";
import type { WriteHandle } from "./write-handle.ts";

/** Fields that a command removes before it works on a hash: some 0.1 ms. */
export const LAPSED_FIELDS_MAX = 128;

/**
 * Removes up to `limit` lapsed fields of a table, or all of a listpack; with the last field goes the key.
 * @param handle on a hash.
 * @returns how many are gone, all at once for a key that is.
 */
export function dropLapsed(keyspace: Keyspace, handle: WriteHandle, limit: number): number {
  const hash = keyspace.structures.lapsing.open(handle.entry);
  const { lapsed } = hash;
  const isWhole = hash.count === 0;
  if (isWhole && lapsed > limit) {
    keyspace.stats.expiredFields += lapsed;
    keyspace.tellLapsedKey(handle);
  } else {
    const count = hash.isPacked ? lapsed : Math.min(lapsed, limit);
    keyspace.tellLapsedFields(handle, count, (tell) => hash.eachLapsed(count, tell));
    if (!isWhole) {
      hash.removeLapsed(handle, count);
      keyspace.announce(handle, EVENT_HEXPIRED);
      return count;
    }
  }
  keyspace.announce(handle, EVENT_HEXPIRED);
  handle.unlink();
  keyspace.announce(handle, EVENT_DEL);
  return Math.min(lapsed, limit);
}
