import { REDIS_VERSION } from "../../commands/connection/hello.ts";
import type { Server } from "../server.ts";
import { REDPOLL_VERSION } from "../version.ts";
import type { Fields } from "./format.ts";

const SECONDS_OF_DAY = 86_400;

export function serverFields(server: Server): Fields {
  const { platform, config, background } = server;
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
    ["atomicvar_api", "single-threaded"],
    ["gcc_version", "0.0.0"],
    ["process_id", platform.process.pid],
    ["process_supervised", "no"],
    ["run_id", server.runId],
    ["tcp_port", server.port],
    ["server_time_usec", platform.clock.wallUs()],
    ["uptime_in_seconds", uptimeSeconds],
    ["uptime_in_days", Math.floor(uptimeSeconds / SECONDS_OF_DAY)],
    ["hz", background.hz],
    ["configured_hz", background.hz],
    ["lru_clock", server.keyspace.accessClock],
    ["executable", platform.process.executable],
    ["config_file", config.file ?? ""],
    ["io_threads_active", 0],
    ...listenerFields(server),
    ["redpoll_version", REDPOLL_VERSION],
    ["redpoll_runtime", `${platform.name} ${platform.process.runtimeVersion}`],
  ];
}

/** A line for each kind of listener, with all that it is bound to. */
function listenerFields({ addresses, port }: Server): Fields {
  const lines: string[] = [];
  const tcp = addresses.filter((address) => address.kind === "tcp");
  if (tcp.length > 0) lines.push(`name=tcp,${tcp.map(({ host }) => `bind=${host}`).join(",")},port=${port}`);
  const unix = addresses.filter((address) => address.kind === "unix");
  if (unix.length > 0) lines.push(`name=unix,${unix.map(({ host }) => `bind=${host}`).join(",")}`);
  return lines.map((line, index) => [`listener${index}`, line] as const);
}
