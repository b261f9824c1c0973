import type { Server } from "../server.ts";
import { type Fields, human, percentText } from "./format.ts";
import { memoryOverview, ratio } from "./memory-overview.ts";

export function memoryFields(server: Server): Fields {
  const { platform, keyspace, config } = server;
  const memory = memoryOverview(server);
  const { used, peak, resident, allocated, active, reserved } = memory;
  const systemBytes = platform.memory.totalSystemBytes();
  const { maxmemory, maxmemoryPolicy } = config.values;
  return [
    ["used_memory", used],
    ["used_memory_human", human(used)],
    ["used_memory_rss", resident],
    ["used_memory_rss_human", human(resident)],
    ["used_memory_peak", peak],
    ["used_memory_peak_human", human(peak)],
    ["used_memory_peak_perc", percentText(memory.peakPercent)],
    ["used_memory_overhead", memory.overhead],
    ["used_memory_startup", memory.startup],
    ["used_memory_dataset", memory.dataset],
    ["used_memory_dataset_perc", percentText(memory.datasetPercent)],
    ["allocator_allocated", allocated],
    ["allocator_active", active],
    ["allocator_resident", reserved],
    ["total_system_memory", systemBytes],
    ["total_system_memory_human", human(systemBytes)],
    ...SCRIPT_FIELDS,
    ["maxmemory", maxmemory],
    ["maxmemory_human", human(maxmemory)],
    ["maxmemory_policy", maxmemoryPolicy],
    ["allocator_frag_ratio", ratio(active, allocated).toFixed(2)],
    ["allocator_frag_bytes", active - allocated],
    ["allocator_rss_ratio", ratio(reserved, active).toFixed(2)],
    ["allocator_rss_bytes", reserved - active],
    ["rss_overhead_ratio", ratio(resident, reserved).toFixed(2)],
    ["rss_overhead_bytes", resident - reserved],
    ["mem_fragmentation_ratio", ratio(resident, used).toFixed(2)],
    ["mem_fragmentation_bytes", resident - used],
    ["mem_not_counted_for_evict", 0],
    ["mem_replication_backlog", 0],
    ["mem_total_replication_buffers", memory.replicationBytes],
    ["mem_clients_slaves", memory.replicaBytes],
    ["mem_clients_normal", memory.clientBytes],
    ["mem_cluster_links", 0],
    ["mem_aof_buffer", 0],
    ["mem_allocator", "redpoll-arena"],
    ["active_defrag_running", 0],
    ["lazyfree_pending_objects", keyspace.lazyFree.pendingEntries],
    ["lazyfreed_objects", keyspace.lazyFree.freedEntries],
    ["redpoll_js_heap_used_bytes", platform.memory.heapUsedBytes()],
    ["redpoll_arena_segments", keyspace.arena.segmentCount],
    ["redpoll_lazyfree_pending_bytes", keyspace.lazyFree.pendingBytes],
  ];
}

/** No scripts, no memory for them. */
const SCRIPT_FIELDS: Fields = [
  ["used_memory_lua", 0],
  ["used_memory_vm_eval", 0],
  ["used_memory_lua_human", human(0)],
  ["used_memory_scripts_eval", 0],
  ["number_of_cached_scripts", 0],
  ["number_of_functions", 0],
  ["number_of_libraries", 0],
  ["used_memory_vm_functions", 0],
  ["used_memory_vm_total", 0],
  ["used_memory_vm_total_human", human(0)],
  ["used_memory_functions", 0],
  ["used_memory_scripts", 0],
  ["used_memory_scripts_human", human(0)],
];
