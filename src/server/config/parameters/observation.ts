import { SLOWLOG_ENTRIES_DEFAULT, SLOWLOG_THRESHOLD_US_DEFAULT } from "../../../base/limits.ts";
import { integer, yesNo } from "../kinds.ts";
import { LONG_MAX } from "../numbers.ts";
import { accepted, awaits, parameter, used } from "../parameter.ts";
import { percentiles } from "../special-kinds.ts";

/** What the server tells of itself, and scripts. */
export const OBSERVATION = [
  parameter(
    "slowlog-log-slower-than",
    integer(-1n, LONG_MAX),
    BigInt(SLOWLOG_THRESHOLD_US_DEFAULT),
    used("Microseconds from which on a command is slow. 0 logs all, -1 none."),
  ),
  parameter("slowlog-max-len", integer(0n, LONG_MAX), BigInt(SLOWLOG_ENTRIES_DEFAULT), used("Entries of SLOWLOG.")),
  parameter(
    "latency-monitor-threshold",
    integer(0n, LONG_MAX),
    0n,
    used("Milliseconds from which on an event is remembered by LATENCY. 0 is off."),
  ),
  parameter("latency-tracking", yesNo(), true, used("Whether the time of each command is counted in histograms.")),
  parameter(
    "latency-tracking-info-percentiles",
    percentiles(),
    [50, 99, 99.9],
    used("The percentiles that INFO shows of them."),
  ),
  parameter(
    "busy-reply-threshold",
    integer(0n, LONG_MAX),
    5000n,
    awaits("scripting", "Milliseconds after which a running script is busy, and others are told so."),
    { alias: "lua-time-limit" },
  ),
  parameter("lua-enable-deprecated-api", yesNo(), false, accepted("The old names of Lua's library are not there."), {
    immutable: true,
    hidden: true,
  }),
] as const;
