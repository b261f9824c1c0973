/** The kinds of which there is one parameter each: lists with a grammar of their own, and the working directory. */
import type { OutputLimit } from "../../base/output-limit.ts";
import { parseDouble } from "../../base/text.ts";
import { notifyBits, notifyLetters } from "../../keyspace/notify-flags.ts";
import { bytesOfText, lowerAscii, upToNul } from "./byte-text.ts";
import { type Kind, plainLine, quotedLine, refused, stored, WRONG_COUNT } from "./kind.ts";
import { memoryText, readLooseInteger, readMemory } from "./numbers.ts";

// --- save -------------------------------------------------------------------------------------------------------------

/** A snapshot is due when so many changes were made and so many seconds have passed since the last one. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

type StoredSavePoint = readonly [seconds: bigint, changes: bigint];

export function savePoints(): Kind<readonly StoredSavePoint[], readonly SavePoint[]> {
  const point = ([seconds, changes]: StoredSavePoint): string => `${seconds} ${changes}`;
  return {
    form: "pairs of seconds and changes, empty for none",
    isList: true,
    read(args, before, around) {
      const earlier = around.appends ? before : [];
      if (args.length === 1 && args[0] === "") return stored([]);
      const points = readPairs(args);
      return points === null ? refused("Invalid save parameters") : stored([...earlier, ...points]);
    },
    show: (points) => points.map(point).join(" "),
    value: (points) => points.map(([seconds, changes]) => ({ seconds: Number(seconds), changes: Number(changes) })),
    // Always written: a file without it would stand for the default.
    rewrite(name, points) {
      if (points.length === 0) return plainLine(name, '""', true);
      return points.flatMap((each) => plainLine(name, point(each), true));
    },
  };
}

function readPairs(args: readonly string[]): StoredSavePoint[] | null {
  if (args.length % 2 !== 0) return null;
  const points: StoredSavePoint[] = [];
  for (let at = 0; at < args.length; at += 2) {
    const seconds = readLooseInteger(args[at], 10)?.value ?? 0n;
    const changes = readLooseInteger(args[at + 1], 10)?.value ?? -1n;
    if (seconds < 1n || changes < 0n) return null;
    points.push([seconds, BigInt.asIntN(32, changes)]);
  }
  return points;
}

// --- client-output-buffer-limit ---------------------------------------------------------------------------------------

export interface OutputLimits {
  readonly normal: OutputLimit;
  readonly replica: OutputLimit;
  readonly pubsub: OutputLimit;
}

export type StoredOutputLimit = readonly [hard: bigint, soft: bigint, seconds: bigint];
export type StoredOutputLimits = Readonly<Record<keyof OutputLimits, StoredOutputLimit>>;

/** In the order of all texts; CONFIG GET says slave, a file says replica. */
const CLIENT_CLASSES: readonly (readonly [keyof OutputLimits, string])[] = [
  ["normal", "normal"],
  ["replica", "slave"],
  ["pubsub", "pubsub"],
];

export function outputLimits(): Kind<StoredOutputLimits, OutputLimits> {
  return {
    form: "`normal`, `replica` or `pubsub`, hard limit, soft limit, seconds; one or several such groups",
    isList: true,
    read(args, before) {
      if (args.length % 4 !== 0) return refused("Wrong number of arguments in buffer limit configuration.");
      const limits = { ...before };
      for (let at = 0; at < args.length; at += 4) {
        const clientClass = classNamed(args[at]);
        if (clientClass === null) return refused("Invalid client class specified in buffer limit configuration.");
        const limit = readLimit(args[at + 1], args[at + 2], args[at + 3]);
        if (limit === null) {
          return refused("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
        }
        limits[clientClass] = limit;
      }
      return stored(limits);
    },
    show: (limits) => CLIENT_CLASSES.map(([key, name]) => `${name} ${limits[key].join(" ")}`).join(" "),
    value: ({ normal, replica, pubsub }) => ({
      normal: presentLimit(normal),
      replica: presentLimit(replica),
      pubsub: presentLimit(pubsub),
    }),
    rewrite(name, limits, standard) {
      return CLIENT_CLASSES.flatMap(([key]) => {
        const [hard, soft, seconds] = limits[key];
        const isForced = limits[key].join() !== standard[key].join();
        return plainLine(name, `${key} ${memoryText(hard)} ${memoryText(soft)} ${seconds}`, isForced);
      });
    },
  };
}

function classNamed(text: string): keyof OutputLimits | null {
  const name = lowerAscii(upToNul(text));
  return CLIENT_CLASSES.find(([key, shown]) => name === key || name === shown)?.[0] ?? null;
}

function readLimit(hardText: string, softText: string, secondsText: string): StoredOutputLimit | null {
  const hard = readMemory(hardText);
  const soft = readMemory(softText);
  const read = readLooseInteger(secondsText, 10);
  if (hard === null || soft === null || read === null) return null;
  const seconds = BigInt.asIntN(32, read.value);
  return seconds < 0n ? null : [hard, soft, seconds];
}

function presentLimit([hard, soft, seconds]: StoredOutputLimit): OutputLimit {
  return { hardBytes: Number(hard), softBytes: Number(soft), softSeconds: Number(seconds) };
}

// --- notify-keyspace-events -------------------------------------------------------------------------------------------

/** Event classes as letters; kept as bits. */
export function eventClasses(): Kind<number, number> {
  return {
    form: "letters of `KEg$lshzxetdmnA`",
    isList: false,
    read(args) {
      const bits = notifyBits(upToNul(args[0]));
      return bits < 0 ? refused("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.") : stored(bits);
    },
    show: notifyLetters,
    value: (bits) => bits,
    rewrite: (name, bits) => quotedLine(name, notifyLetters(bits), bits !== 0),
  };
}

// --- bind -------------------------------------------------------------------------------------------------------------

const BIND_ADDRESSES_MAX = 16;

export function addresses(): Kind<readonly string[], readonly string[]> {
  return {
    form: `up to ${BIND_ADDRESSES_MAX} addresses; one that begins with \`-\` may be missing on the machine`,
    isList: true,
    read(args) {
      if (args.length > BIND_ADDRESSES_MAX) return refused("Too many bind addresses specified.");
      return stored(args.length === 1 && args[0] === "" ? [] : args.map(upToNul));
    },
    show: (list) => list.join(" "),
    value: (list) => list,
    rewrite(name, list, standard) {
      if (list.join(" ") === standard.join(" ")) return [];
      return plainLine(name, list.length === 0 ? '""' : list.join(" "), true);
    },
  };
}

// --- replicaof --------------------------------------------------------------------------------------------------------

export interface PrimaryAddress {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535n;

export function primaryAddress(): Kind<PrimaryAddress | null, PrimaryAddress | null> {
  return {
    form: "host and port, or `no one`",
    isList: true,
    read(args) {
      if (args.length !== 2) return refused(WRONG_COUNT);
      if (lowerAscii(upToNul(args[0])) === "no" && lowerAscii(upToNul(args[1])) === "one") return stored(null);
      const read = readLooseInteger(args[1], 10);
      const port = read === null ? -1n : BigInt.asIntN(32, read.value);
      if (port < 0n || port > PORT_MAX) return refused("Invalid master port");
      return stored({ host: upToNul(args[0]), port: Number(port) });
    },
    show: (address) => (address === null ? "" : `${address.host} ${address.port}`),
    value: (address) => address,
    rewrite: (name, address) => (address === null ? [] : plainLine(name, `${address.host} ${address.port}`, true)),
  };
}

// --- oom-score-adj-values ---------------------------------------------------------------------------------------------

const OOM_SCORES = 3;
const OOM_SCORE_MAX = 2000n;

/** The kernel's out-of-memory score of a primary, of a replica and of a child that saves. */
export function oomScores(): Kind<readonly number[], readonly number[]> {
  return {
    form: "three integers from -2000 to 2000",
    isList: true,
    read(args) {
      if (args.length !== OOM_SCORES) return refused(WRONG_COUNT);
      const scores = args.map((argument) => readLooseInteger(argument, 10)?.value ?? OOM_SCORE_MAX + 1n);
      if (scores.some((score) => score < -OOM_SCORE_MAX || score > OOM_SCORE_MAX)) {
        return refused("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
      }
      return stored(scores.map(Number));
    },
    show: (scores) => scores.join(" "),
    value: (scores) => scores,
    rewrite: (name, scores, standard) => plainLine(name, scores.join(" "), scores.join() !== standard.join()),
  };
}

// --- latency-tracking-info-percentiles --------------------------------------------------------------------------------

export function percentiles(): Kind<readonly number[], readonly number[]> {
  const show = (list: readonly number[]): string => list.map(percentileText).join(" ");
  return {
    form: "figures from 0 to 100, empty for none",
    isList: true,
    read(args) {
      if (args.length === 1 && args[0] === "") return stored([]);
      const list: number[] = [];
      for (const argument of args) {
        const figure = parseDouble(bytesOfText(argument), 0, argument.length);
        if (figure === null) return refused("Invalid latency-tracking-info-percentiles parameters");
        if (figure > 100 || figure < 0) {
          return refused("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
        }
        list.push(figure);
      }
      return stored(list);
    },
    show,
    value: (list) => list,
    rewrite: (name, list) => plainLine(name, list.length === 0 ? '""' : show(list), true),
  };
}

/** Up to six decimals, without the zeros at their end. */
function percentileText(figure: number): string {
  const sign = Object.is(figure, -0) ? "-" : "";
  return sign + figure.toFixed(6).replace(/\.?0+$/, "");
}

// --- dir --------------------------------------------------------------------------------------------------------------

/** The working directory. To read it is to change into it, so that what follows it in a file is found from there. */
export function workingDirectory(): Kind<string, string> {
  return {
    form: "path",
    isList: false,
    read(args, _before, around) {
      const reason = around.directory.change(upToNul(args[0]));
      return reason === null ? stored(around.directory.current()) : refused(reason);
    },
    show: (path) => path,
    value: (path) => path,
    // Always written, and absolute: the next start may be from elsewhere.
    rewrite: (name, path) => quotedLine(name, path, true),
    initial: (around) => around.directory.current(),
    restore(path, around) {
      around.directory.change(path);
    },
  };
}
