/** MEMORY DOCTOR: reads the figures as somebody would who has seen many of them. Thresholds are Redis's. */
import { human } from "../info/format.ts";
import { type MemoryOverview, ratio } from "../info/memory-overview.ts";

const MIB = 1024 * 1024;
/** With less in use the ratios say nothing. */
const USED_BYTES_MIN = 5 * MIB;
const WASTED_BYTES_MIN = 10 * MIB;
const CLIENT_BYTES_MAX = 200 * 1024;

export function doctorText(memory: MemoryOverview, clients: number): string {
  if (memory.used < USED_BYTES_MIN) {
    return `There is too little data (${human(memory.used)}) for a diagnosis. Come back when there is more.\n`;
  }
  const findings = findingsOf(memory, clients);
  if (findings.length === 0) return "Nothing is wrong with the memory of this server, as far as its figures tell.\n";
  const list = findings.map((finding) => ` * ${finding}\n`).join("\n");
  return `The memory of this server needs a look:\n\n${list}`;
}

function findingsOf(memory: MemoryOverview, clients: number): string[] {
  const { used, peak, allocated, active, reserved, resident, clientBytes } = memory;
  const findings: string[] = [];
  const exceeds = (part: number, whole: number, limit: number): boolean =>
    ratio(part, whole) > limit && part - whole > WASTED_BYTES_MIN;
  if (ratio(peak, used) > 1.5) {
    findings.push(
      `Peak memory: ${human(peak)} were in use at some time, more than one and a half times as much as now (${human(used)}). The process may stay larger than it has to be; MEMORY PURGE gives back what nothing uses.`,
    );
  }
  if (exceeds(resident, used, 1.4)) {
    findings.push(
      `High total RSS: the process holds ${human(resident)} for ${human(used)} in use. The runtime is a part of it; what a peak has left behind is another.`,
    );
  }
  if (exceeds(active, allocated, 1.1)) {
    findings.push(
      `High allocator fragmentation: pages of ${human(active)} hold blocks of ${human(allocated)}. Deleting many keys among others leaves gaps; new keys fill them.`,
    );
  }
  if (exceeds(reserved, active, 1.1)) {
    findings.push(
      `High allocator reserve: segments of ${human(reserved)} are obtained, ${human(active)} of them touched. What has not been touched costs address space only.`,
    );
  }
  if (exceeds(resident, reserved, 1.1)) {
    findings.push(
      `High process overhead: the process holds ${human(resident - reserved)} beside the data: the runtime, its code and its JavaScript heap.`,
    );
  }
  if (clients > 0 && clientBytes / clients > CLIENT_BYTES_MAX) {
    findings.push(
      `Big client buffers: ${human(clientBytes / clients)} a client on average. Some do not read their replies as fast as they are sent, or send long pipelines; CLIENT LIST shows which.`,
    );
  }
  return findings;
}
