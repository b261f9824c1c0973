/** Node's program on Linux: the threads beside the event loop, V8's above all, give way to it. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ServerProcess } from "../server-process.ts";
import { SERVER_COMMANDS } from "./targets.ts";

/** Of proc(5), `stat` behind the command's name: fields from the third on. */
const NICE_FIELD = 19 - 3;

function nicenessOf(pid: number, thread: string): number {
  const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[NICE_FIELD]);
}

test.skipIf(process.platform !== "linux")("the loop keeps its priority, the threads beside it have less", async () => {
  const server = await ServerProcess.start(SERVER_COMMANDS["node-current"]);
  try {
    const { pid } = server;
    const own = nicenessOf(pid, String(pid));
    const others = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== String(pid));
    const yielding = others.filter((thread) => nicenessOf(pid, thread) > own);
    expect(own).toBe(nicenessOf(process.pid, String(process.pid)));
    // Four are V8's; libuv's, for files, may be among the others or have come since.
    expect(yielding.length).toBeGreaterThanOrEqual(4);
  } finally {
    await server.stop();
  }
});
