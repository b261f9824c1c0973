/** LATENCY DOCTOR: the samples in words, and for each kind of event what may be done about it. */
import type { LatencySeries } from "../../engine/latency-monitor.ts";
import type { Server } from "../server.ts";

const OFF =
  "Latency is not being monitored. CONFIG SET latency-monitor-threshold <milliseconds> begins to: what takes that long is then remembered.\n";
const NOTHING = "Nothing has taken as long as latency-monitor-threshold says, as far as is remembered.\n";

export function latencyAdvice(server: Server): string {
  const { latency } = server.engine;
  if (latency.events.size === 0) return latency.thresholdUs === Number.POSITIVE_INFINITY ? OFF : NOTHING;
  const nowSeconds = Math.floor(server.platform.clock.wallMs() / 1000);
  const told = [...latency.events].map(
    ([event, series], index) => `${index + 1}. ${event}: ${describeSeries(series, nowSeconds)}\n`,
  );
  const advice = new Set([...latency.events.keys()].flatMap((event) => adviceFor(event, server)));
  return `These events have held the server up:\n\n${told.join("")}\nWhat may help:\n\n${[...advice].map((line) => `- ${line}\n`).join("")}`;
}

function describeSeries({ samples, worstMs }: LatencySeries, nowSeconds: number): string {
  const count = samples.length;
  const mean = samples.reduce((sum, { latencyMs }) => sum + latencyMs, 0) / count;
  const deviation = samples.reduce((sum, { latencyMs }) => sum + Math.abs(latencyMs - mean), 0) / count;
  const period = Math.max(1, nowSeconds - samples[0].timeSeconds) / count;
  return (
    `${count} latency spikes (average ${Math.floor(mean)}ms, mean deviation ${Math.floor(deviation)}ms, ` +
    `period ${period.toFixed(2)} sec). Worst all time event ${worstMs}ms.`
  );
}

function adviceFor(event: string, server: Server): string[] {
  if (event === "command") return commandAdvice(server);
  if (event === "fast-command") {
    return [
      "Commands that take microseconds have taken much longer: the process did not get the processor, or its memory was swapped out, or the runtime collected garbage. Look at the load of the machine, and at its other processes.",
    ];
  }
  return [
    "Many keys expire at once. They go in slices of about a millisecond, so a longer one means that the process was held up in it. Spreading times to live helps.",
  ];
}

function commandAdvice(server: Server): string[] {
  const { slowThresholdUs, latency } = server.engine;
  const advice = [
    "SLOWLOG GET shows which commands took long. Those on all of a large value are better asked in parts.",
  ];
  const wanted = `CONFIG SET slowlog-log-slower-than ${latency.thresholdUs}`;
  if (latency.thresholdUs === Number.POSITIVE_INFINITY) return advice;
  if (slowThresholdUs < 0) advice.unshift(`The slow log is off: ${wanted} has it note what is told here.`);
  else if (slowThresholdUs > latency.thresholdUs) {
    advice.unshift(`The slow log notes less than is told here: ${wanted} has it note the same.`);
  }
  return advice;
}
