/** Stats, cpu, commandstats, errorstats, latencystats: what INFO counts. */
import type { Command } from "../../engine/command-table.ts";
import { latencyPercentileNs } from "../../engine/statistics.ts";
import type { Server } from "../server.ts";
import { type Fields, safeName } from "./format.ts";

export function statsFields(server: Server): Fields {
  const { network, engine, keyspace, background, turn, pubsub } = server;
  return [
    ["total_connections_received", network.accepted],
    ["total_commands_processed", engine.statistics.commandsProcessed],
    ["instantaneous_ops_per_sec", background.instantaneousOps],
    ["total_net_input_bytes", network.inputBytes],
    ["total_net_output_bytes", network.outputBytes],
    ["total_net_repl_input_bytes", 0],
    ["total_net_repl_output_bytes", 0],
    ["instantaneous_input_kbps", background.instantaneousInputKbps.toFixed(2)],
    ["instantaneous_output_kbps", background.instantaneousOutputKbps.toFixed(2)],
    ["instantaneous_input_repl_kbps", "0.00"],
    ["instantaneous_output_repl_kbps", "0.00"],
    ["rejected_connections", network.rejected],
    ["sync_full", 0],
    ["sync_partial_ok", 0],
    ["sync_partial_err", 0],
    ["expired_subkeys", keyspace.stats.expiredFields],
    ["expired_keys", keyspace.stats.expired],
    ["expired_stale_perc", "0.00"],
    ["expired_time_cap_reached_count", 0],
    ["expire_cycle_cpu_milliseconds", 0],
    ["evicted_keys", 0],
    ["evicted_clients", 0],
    ["total_eviction_exceeded_time", 0],
    ["current_eviction_exceeded_time", 0],
    ["keyspace_hits", keyspace.stats.hits],
    ["keyspace_misses", keyspace.stats.misses],
    ["pubsub_channels", pubsub.channelCount],
    ["pubsub_patterns", pubsub.patternCount],
    ["pubsubshard_channels", 0],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["migrate_cached_sockets", 0],
    ["slave_expires_tracked_keys", 0],
    ["active_defrag_hits", 0],
    ["active_defrag_misses", 0],
    ["active_defrag_key_hits", 0],
    ["active_defrag_key_misses", 0],
    ["total_active_defrag_time", 0],
    ["current_active_defrag_time", 0],
    ["tracking_total_keys", 0],
    ["tracking_total_items", 0],
    ["tracking_total_prefixes", 0],
    ["unexpected_error_replies", 0],
    ["total_error_replies", engine.statistics.errorReplies],
    ["dump_payload_sanitizations", 0],
    ["total_reads_processed", network.reads],
    ["total_writes_processed", network.writes],
    ["io_threaded_reads_processed", 0],
    ["io_threaded_writes_processed", 0],
    ["reply_buffer_shrinks", 0],
    ["reply_buffer_expands", 0],
    ["eventloop_cycles", turn.count],
    ["eventloop_duration_sum", Math.round(turn.totalUs)],
    ["eventloop_duration_cmd_sum", Math.round(commandTimeUs(server))],
    ["instantaneous_eventloop_cycles_per_sec", background.instantaneousTurns],
    ["instantaneous_eventloop_duration_usec", background.instantaneousTurnUs],
    ["acl_access_denied_auth", 0],
    ["acl_access_denied_cmd", 0],
    ["acl_access_denied_key", 0],
    ["acl_access_denied_channel", 0],
    ["redpoll_slow_commands", engine.statistics.slowCommands],
    ["redpoll_turns", turn.count],
    ["redpoll_longest_turn_us", Math.round(turn.longestUs)],
  ];
}

function commandTimeUs(server: Server): number {
  let totalUs = 0;
  for (const command of server.engine.table.all()) totalUs += command.elapsedUs;
  return totalUs;
}

/** Of the whole process: the runtime's own threads, which collect garbage and compile, cannot be told apart. */
export function cpuFields(server: Server): Fields {
  const { userUs, systemUs } = server.platform.process.cpuUsage();
  const system = (systemUs / 1e6).toFixed(6);
  const user = (userUs / 1e6).toFixed(6);
  return [
    ["used_cpu_sys", system],
    ["used_cpu_user", user],
    ["used_cpu_sys_children", "0.000000"],
    ["used_cpu_user_children", "0.000000"],
    ["used_cpu_sys_main_thread", system],
    ["used_cpu_user_main_thread", user],
  ];
}

export function commandFields(server: Server): Fields {
  return [...server.engine.table.all()].filter(isKnown).map((command) => {
    const { calls, elapsedUs, rejected, failed } = command;
    const perCall = calls === 0 ? "0.00" : (elapsedUs / calls).toFixed(2);
    const time = `calls=${calls},usec=${Math.round(elapsedUs)},usec_per_call=${perCall}`;
    return [
      `cmdstat_${safeName(command.fullName)}`,
      `${time},rejected_calls=${rejected},failed_calls=${failed}`,
    ] as const;
  });
}

function isKnown({ calls, rejected, failed }: Command): boolean {
  return calls > 0 || rejected > 0 || failed > 0;
}

export function errorFields(server: Server): Fields {
  return [...server.engine.statistics.errors]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, count]) => [`errorstat_${safeName(code)}`, `count=${count}`] as const);
}

export function latencyFields(server: Server): Fields {
  const { engine, config } = server;
  if (!engine.statistics.tracksLatency) return [];
  const percentiles = config.values.latencyTrackingInfoPercentiles;
  return [...engine.table.all()]
    .filter((command) => command.isTimed)
    .map(({ fullName, histogram }) => {
      const shown = percentiles.map((percent) => {
        const us = latencyPercentileNs(histogram, percent) / 1000;
        return `p${Number(percent.toFixed(6))}=${us.toFixed(3)}`;
      });
      return [`latency_percentiles_usec_${safeName(fullName)}`, shown.join(",")] as const;
    });
}
