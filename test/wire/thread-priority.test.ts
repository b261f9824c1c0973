/** Node's program on Linux: V8's threads give way to the event loop. */
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

/** Newer versions of Node name their threads. */
function isOfV8(pid: number, thread: string): boolean {
  return readFileSync(`/proc/${pid}/task/${thread}/comm`, "latin1").includes("V8Worker");
}

test.skipIf(process.platform !== "linux")("V8's threads have the lowest priority, and nobody else", async () => {
  const server = await ServerProcess.start(SERVER_COMMANDS["node-current"]);
  try {
    const { pid } = server;
    const threads = readdirSync(`/proc/${pid}/task`);
    const own = nicenessOf(process.pid, String(process.pid));
    expect(threads.filter((thread) => isOfV8(pid, thread)).length).toBe(4);
    for (const thread of threads) expect(nicenessOf(pid, thread)).toBe(isOfV8(pid, thread) ? 19 : own);
  } finally {
    await server.stop();
  }
});
