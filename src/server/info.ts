/** INFO: the server's figures under Redis's names, and a few of our own with the prefix `redpoll_`. */
import { REDIS_VERSION } from "../commands/connection/hello.ts";
import type { Server } from "./server.ts";

export const REDPOLL_VERSION = "0.1.0";

type Fields = readonly (readonly [string, string | number])[];

interface Section {
  readonly title: string;
  /** Whether INFO without arguments shows it. */
  readonly isDefault: boolean;
  fields(server: Server): Fields;
}

const SECTIONS: ReadonlyMap<string, Section> = new Map<string, Section>([
  ["server", { title: "Server", isDefault: true, fields: serverFields }],
  ["clients", { title: "Clients", isDefault: true, fields: clientFields }],
  ["memory", { title: "Memory", isDefault: true, fields: memoryFields }],
  ["stats", { title: "Stats", isDefault: true, fields: statsFields }],
  ["cpu", { title: "CPU", isDefault: true, fields: cpuFields }],
  ["commandstats", { title: "Commandstats", isDefault: false, fields: commandFields }],
  ["errorstats", { title: "Errorstats", isDefault: true, fields: errorFields }],
  ["keyspace", { title: "Keyspace", isDefault: true, fields: keyspaceFields }],
]);

/** @param names sections asked for, lower case; none means the default ones. */
export function infoText(server: Server, names: readonly string[]): string {
  const everything = names.includes("all") || names.includes("everything");
  const defaults = names.length === 0 || names.includes("default");
  const parts: string[] = [];
  for (const [name, section] of SECTIONS) {
    if (!everything && !(defaults && section.isDefault) && !names.includes(name)) continue;
    const lines = section.fields(server).map(([field, value]) => `${field}:${value}\r\n`);
    parts.push(`# ${section.title}\r\n${lines.join("")}`);
  }
  return parts.join("\r\n");
}

function serverFields(server: Server): Fields {
  const { platform } = server;
  const uptimeSeconds = Math.floor((platform.clock.wallMs() - server.startedAtMs) / 1000);
  return [
    ["redis_version", REDIS_VERSION],
    ["redis_git_sha1", "00000000"],
    ["redis_git_dirty", 0],
    ["redis_build_id", "0"],
    ["redis_mode", "standalone"],
    ["os", platform.process.osDescription],
    ["arch_bits", platform.process.architectureBits],
    ["monotonic_clock", "runtime"],
    ["multiplexing_api", platform.name],
    ["gcc_version", "0.0.0"],
    ["process_id", platform.process.pid],
    ["process_supervised", "no"],
    ["run_id", server.runId],
    ["tcp_port", server.addresses.find((address) => address.kind === "tcp")?.port ?? 0],
    ["server_time_usec", platform.clock.wallUs()],
    ["uptime_in_seconds", uptimeSeconds],
    ["uptime_in_days", Math.floor(uptimeSeconds / 86400)],
    ["hz", 10],
    ["configured_hz", 10],
    ["lru_clock", server.keyspace.accessClock],
    ["executable", platform.process.executable],
    ["config_file", ""],
    ["redpoll_version", REDPOLL_VERSION],
    ["redpoll_runtime", `${platform.name} ${platform.process.runtimeVersion}`],
  ];
}

function clientFields(server: Server): Fields {
  let inputMax = 0;
  let outputMax = 0;
  for (const session of server.sessions) {
    inputMax = Math.max(inputMax, session.queryBufferBytes);
    outputMax = Math.max(outputMax, session.outputBytes);
  }
  return [
    ["connected_clients", server.sessions.size],
    ["maxclients", server.maxClients],
    ["client_recent_max_input_buffer", inputMax],
    ["client_recent_max_output_buffer", outputMax],
    ["blocked_clients", 0],
  ];
}

function memoryFields(server: Server): Fields {
  const { platform, keyspace } = server;
  const used = server.usedMemoryBytes;
  server.peakMemoryBytes = Math.max(server.peakMemoryBytes, used);
  const peak = server.peakMemoryBytes;
  const resident = platform.memory.residentBytes();
  const overhead = server.overheadBytes;
  const systemBytes = platform.memory.totalSystemBytes();
  return [
    ["used_memory", used],
    ["used_memory_human", human(used)],
    ["used_memory_rss", resident],
    ["used_memory_rss_human", human(resident)],
    ["used_memory_peak", peak],
    ["used_memory_peak_human", human(peak)],
    ["used_memory_peak_perc", `${((used / peak) * 100).toFixed(2)}%`],
    ["used_memory_overhead", overhead],
    ["used_memory_startup", server.startupMemoryBytes],
    ["used_memory_dataset", used - overhead],
    ["used_memory_dataset_perc", percent(used - overhead, used - server.startupMemoryBytes)],
    ["allocator_allocated", keyspace.arena.usedBytes],
    ["allocator_active", keyspace.arena.touchedBytes],
    ["allocator_resident", keyspace.arena.reservedBytes],
    ["total_system_memory", systemBytes],
    ["total_system_memory_human", human(systemBytes)],
    ["mem_clients_normal", server.clientBytes],
    ["mem_fragmentation_ratio", (resident / Math.max(1, used)).toFixed(2)],
    ["mem_fragmentation_bytes", resident - used],
    ["mem_allocator", "redpoll-arena"],
    ["lazyfree_pending_objects", keyspace.lazyFree.pendingEntries],
    ["lazyfreed_objects", keyspace.lazyFree.freedEntries],
    ["redpoll_js_heap_used_bytes", platform.memory.heapUsedBytes()],
    ["redpoll_arena_segments", keyspace.arena.segmentCount],
    ["redpoll_lazyfree_pending_bytes", keyspace.lazyFree.pendingBytes],
  ];
}

function statsFields(server: Server): Fields {
  const { network, engine, keyspace, background, turn } = server;
  return [
    ["total_connections_received", network.accepted],
    ["total_commands_processed", engine.statistics.commandsProcessed],
    ["instantaneous_ops_per_sec", background.instantaneousOps],
    ["total_net_input_bytes", network.inputBytes],
    ["total_net_output_bytes", network.outputBytes],
    ["instantaneous_input_kbps", background.instantaneousInputKbps.toFixed(2)],
    ["instantaneous_output_kbps", background.instantaneousOutputKbps.toFixed(2)],
    ["rejected_connections", network.rejected],
    ["expired_keys", keyspace.stats.expired],
    ["evicted_keys", 0],
    ["keyspace_hits", keyspace.stats.hits],
    ["keyspace_misses", keyspace.stats.misses],
    ["total_error_replies", engine.statistics.errorReplies],
    ["total_reads_processed", network.reads],
    ["total_writes_processed", network.writes],
    ["redpoll_slow_commands", engine.statistics.slowCommands],
    ["redpoll_turns", turn.count],
    ["redpoll_longest_turn_us", Math.round(turn.longestUs)],
  ];
}

function cpuFields(server: Server): Fields {
  const { userUs, systemUs } = server.platform.process.cpuUsage();
  return [
    ["used_cpu_sys", (systemUs / 1e6).toFixed(6)],
    ["used_cpu_user", (userUs / 1e6).toFixed(6)],
  ];
}

function commandFields(server: Server): Fields {
  const fields: [string, string][] = [];
  for (const command of server.engine.table.all()) {
    const { calls, elapsedUs, rejected, failed } = command;
    if (calls === 0 && rejected === 0 && failed === 0) continue;
    const perCall = calls === 0 ? "0.00" : (elapsedUs / calls).toFixed(2);
    fields.push([
      `cmdstat_${command.fullName}`,
      `calls=${calls},usec=${Math.round(elapsedUs)},usec_per_call=${perCall},rejected_calls=${rejected},failed_calls=${failed}`,
    ]);
  }
  return fields;
}

function errorFields(server: Server): Fields {
  return [...server.engine.statistics.errors].map(([code, count]) => [`errorstat_${code}`, `count=${count}`] as const);
}

function keyspaceFields(server: Server): Fields {
  const fields: [string, string][] = [];
  const nowMs = server.platform.clock.wallMs();
  for (const database of server.keyspace.databases) {
    if (database.count === 0) continue;
    const averageTtlMs = database.expiry.averageTtlMs(nowMs);
    fields.push([
      `db${database.index}`,
      `keys=${database.count},expires=${database.expiry.count},avg_ttl=${averageTtlMs}`,
    ]);
  }
  return fields;
}

function percent(part: number, whole: number): string {
  return `${whole <= 0 ? "0.00" : ((part / whole) * 100).toFixed(2)}%`;
}

/** Bytes as Redis abbreviates them: `1.05M`. */
export function human(bytes: number): string {
  const units = ["K", "M", "G", "T", "P"];
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${units[unit]}`;
}
