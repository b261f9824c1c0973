/** The log: Redis's line format and levels, so that everything that reads Redis's log reads this one. */
import { civilTime } from "../base/civil-time.ts";
import { utf8Bytes } from "../base/text.ts";
import type { Clock } from "../platform/index.ts";

export type LogLevel = "debug" | "verbose" | "notice" | "warning" | "nothing";

const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 0, verbose: 1, notice: 2, warning: 3, nothing: 4 };
const MARKS = [".", "-", "*", "#"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export class Log {
  readonly #clock: Clock;
  readonly #pid: number;
  /** Where lines go; a library's server keeps silent by default. */
  sink: (line: Uint8Array) => void;
  level: LogLevel = "notice";

  constructor(clock: Clock, pid: number, sink: (line: Uint8Array) => void) {
    this.#clock = clock;
    this.#pid = pid;
    this.sink = sink;
  }

  debug(message: string): void {
    this.#write(0, message);
  }

  verbose(message: string): void {
    this.#write(1, message);
  }

  notice(message: string): void {
    this.#write(2, message);
  }

  warning(message: string): void {
    this.#write(3, message);
  }

  #write(level: number, message: string): void {
    if (level < LEVELS[this.level]) return;
    const time = civilTime(this.#clock.wallMs());
    const pad = (value: number, width: number): string => String(value).padStart(width, "0");
    const clock = `${pad(time.hour, 2)}:${pad(time.minute, 2)}:${pad(time.second, 2)}.${pad(time.millisecond, 3)}`;
    const date = `${pad(time.day, 2)} ${MONTHS[time.month - 1]} ${time.year}`;
    this.sink(utf8Bytes(`${this.#pid}:M ${date} ${clock} ${MARKS[level]} ${message}\n`));
  }
}
