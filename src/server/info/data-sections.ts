/** Persistence, replication, cluster, keyspace: what INFO says about the dataset and where it goes. */
import type { Server } from "../server.ts";
import type { Fields } from "./format.ts";

const NO_REPLICATION_ID = "0".repeat(40);

export function persistenceFields(server: Server): Fields {
  return [
    ["loading", 0],
    ["async_loading", 0],
    ["current_cow_peak", 0],
    ["current_cow_size", 0],
    ["current_cow_size_age", 0],
    ["current_fork_perc", "0.00"],
    ["current_save_keys_processed", 0],
    ["current_save_keys_total", 0],
    ["rdb_changes_since_last_save", server.keyspace.dirty],
    ["rdb_bgsave_in_progress", 0],
    ["rdb_last_save_time", lastSaveSeconds(server)],
    ["rdb_last_bgsave_status", "ok"],
    ["rdb_last_bgsave_time_sec", -1],
    ["rdb_current_bgsave_time_sec", -1],
    ["rdb_saves", 0],
    ["rdb_last_cow_size", 0],
    ["rdb_last_load_keys_expired", 0],
    ["rdb_last_load_keys_loaded", 0],
    ["aof_enabled", 0],
    ["aof_rewrite_in_progress", 0],
    ["aof_rewrite_scheduled", 0],
    ["aof_last_rewrite_time_sec", -1],
    ["aof_current_rewrite_time_sec", -1],
    ["aof_last_bgrewrite_status", "ok"],
    ["aof_rewrites", 0],
    ["aof_rewrites_consecutive_failures", 0],
    ["aof_last_write_status", "ok"],
    ["aof_last_cow_size", 0],
    ["module_fork_in_progress", 0],
    ["module_fork_last_cow_size", 0],
  ];
}

/** When the dataset was last saved, s since the epoch: before the first save the start counts, as in Redis. */
export function lastSaveSeconds(server: Server): number {
  return Math.floor(server.startedAtMs / 1000);
}

export function replicationFields(server: Server): Fields {
  const replicas = server.rawSync.overview();
  return [
    ["role", "master"],
    ["connected_slaves", replicas.length],
    ...replicas.map(
      ({ host, port, state, offset, lagSeconds }, index) =>
        [`slave${index}`, `ip=${host},port=${port},state=${state},offset=${offset},lag=${lagSeconds}`] as const,
    ),
    ["master_failover_state", "no-failover"],
    ["master_replid", server.replicationId],
    ["master_replid2", NO_REPLICATION_ID],
    ["master_repl_offset", server.engine.unit.log.offset],
    ["second_repl_offset", -1],
    ["repl_backlog_active", 0],
    ["repl_backlog_size", server.config.values.replBacklogSize],
    ["repl_backlog_first_byte_offset", 0],
    ["repl_backlog_histlen", 0],
  ];
}

export function clusterFields(): Fields {
  return [["cluster_enabled", 0]];
}

export function keyspaceFields(server: Server): Fields {
  const nowMs = server.platform.clock.wallMs();
  return server.keyspace.databases
    .filter((database) => database.count > 0)
    .map(({ index, count, expiry, fieldExpiry }) => {
      const averageTtlMs = expiry.averageTtlMs(nowMs);
      const text = `keys=${count},expires=${expiry.count},avg_ttl=${averageTtlMs},subexpiry=${fieldExpiry.count}`;
      return [`db${index}`, text] as const;
    });
}
