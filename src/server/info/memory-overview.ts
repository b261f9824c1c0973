/**
 * Where the memory is: the figures that INFO, MEMORY STATS and MEMORY DOCTOR have in common.
 *
 * `used` is what the server answers for: blocks of the arena, tables, buffers, and constants for objects on the
 * JavaScript heap. It divides into `overhead` (the server itself, clients, tables and indexes of the databases) and
 * `dataset` (entries with keys and values), whose sum it is, to the byte. `resident` is what the system says about the
 * process, the runtime included. Redis's allocator figures are those of the arena: allocated is live blocks, active is
 * pages that have been touched, resident is segments as obtained.
 */
import type { Database } from "../../keyspace/database.ts";
import type { Server } from "../server.ts";

export interface DatabaseOverhead {
  readonly index: number;
  readonly keys: number;
  readonly tableBytes: number;
  readonly expiryBytes: number;
}

export interface MemoryOverview {
  readonly used: number;
  readonly peak: number;
  readonly startup: number;
  readonly overhead: number;
  readonly dataset: number;
  /** Share of the dataset in what was used since the start, percent. */
  readonly datasetPercent: number;
  readonly peakPercent: number;
  readonly keys: number;
  readonly bytesPerKey: number;
  readonly databases: readonly DatabaseOverhead[];
  readonly clientBytes: number;
  readonly replicaBytes: number;
  /** Held for all replicas together. */
  readonly replicationBytes: number;
  readonly resident: number;
  readonly allocated: number;
  readonly active: number;
  readonly reserved: number;
}

/** Takes the figures, and the peak if it is one. */
export function memoryOverview(server: Server): MemoryOverview {
  const { keyspace, platform, startupMemoryBytes: startup } = server;
  const used = server.usedMemoryBytes;
  server.peakMemoryBytes = Math.max(server.peakMemoryBytes, used);
  const peak = server.peakMemoryBytes;
  const all = keyspace.databases.map(overheadOf);
  const overhead = all.reduce(
    (sum, database) => sum + database.tableBytes + database.expiryBytes,
    server.overheadBytes,
  );
  const dataset = used - overhead;
  const net = used > startup ? used - startup : 1;
  const keys = all.reduce((sum, database) => sum + database.keys, 0);
  return {
    used,
    peak,
    startup,
    overhead,
    dataset,
    datasetPercent: (dataset * 100) / net,
    peakPercent: (used * 100) / peak,
    keys,
    bytesPerKey: keys === 0 ? 0 : Math.floor(net / keys),
    databases: all.filter((database) => database.keys > 0),
    clientBytes: server.clientBytes,
    replicaBytes: server.replicaBytes,
    replicationBytes: server.rawSync.bufferBytes,
    resident: platform.memory.residentBytes(),
    allocated: keyspace.arena.usedBytes,
    active: keyspace.arena.touchedBytes,
    reserved: keyspace.arena.reservedBytes,
  };
}

function overheadOf({ index, count, table, indexBytes }: Database): DatabaseOverhead {
  return { index, keys: count, tableBytes: table.blockBytes, expiryBytes: indexBytes };
}

/** A ratio for people, where there may be nothing to compare with. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
