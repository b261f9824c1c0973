/**
 * A small program that does what only a process of its own can show; `conformance.test.ts` runs it.
 *
 *     probe.ts input a "b c"   arguments and standard input back on standard output, then exit code 7
 *     probe.ts signal          says `ready`, then `SIGTERM` when that comes, twice `SIGHUP`, and exits with 3
 */
import { createPlatform } from "#runtime";

const { process, timers } = createPlatform();

function say(text: string): void {
  process.writeOut(new TextEncoder().encode(`${text}\n`));
}

async function input(): Promise<void> {
  const bytes = await process.readInput();
  say(JSON.stringify(process.arguments));
  process.writeError(new TextEncoder().encode("to the error output\n"));
  process.writeOut(bytes);
  process.exit(7);
}

function signal(): void {
  const stay = timers.every(1000, () => {});
  let hangUps = 0;
  const stop = process.onSignal("SIGHUP", () => {
    say("SIGHUP");
    hangUps++;
    if (hangUps === 2) stop();
  });
  process.onSignal("SIGTERM", () => {
    say("SIGTERM");
    stay.cancel();
    process.exit(3);
  });
  say("ready");
}

if (process.arguments[0] === "input") await input();
else signal();
