/**
 * The grammar of redis.conf, of the command line and of standard input. All three come down to one text of lines:
 *
 *     # a comment, only where the line begins with it
 *     maxmemory 100mb                          directive and arguments, separated by blanks
 *     requirepass "two words\x00\n"            "…" knows \n \r \t \b \a \xHH, and \ before anything else is that character
 *     masterauth 'it\'s plain'                 '…' knows \' only
 *
 * A closing quote ends the argument and must be followed by a blank or the line's end. The directive's name is not
 * sensitive to case. A line has no continuation.
 *
 * The command line is written out as such lines and stands after the file and standard input, so the last word counts:
 *
 *     redis.conf --port 7000 --save 60 1 --maxmemory "1gb"   →   port "7000" ⏎ save "60" "1" ⏎ maxmemory "1gb"
 *
 * What begins with -- is an option only when the option before it has an argument already: `--logfile --odd-name` gives
 * the log file an odd name. Name and value may share an argument (`"--maxmemory 1gb"`), which is then a line as it is.
 */
import { splitQuoted, UNBALANCED_QUOTES } from "../../protocol/inline-arguments.ts";
import { bytesOfText, sameWord, textOfBytes, upToNul } from "./byte-text.ts";

/** Splits a line into its arguments. @returns null when quotes are unbalanced. */
export function splitArguments(line: string): string[] | null {
  const bytes = bytesOfText(upToNul(line));
  const decoded = new Uint8Array(bytes.length);
  // One more than a line can hold: a lone quoted argument has no blank after it.
  const starts = new Int32Array(bytes.length + 1);
  const lengths = new Int32Array(bytes.length + 1);
  const count = splitQuoted(bytes, 0, bytes.length, decoded, starts, lengths);
  if (count === UNBALANCED_QUOTES) return null;
  return Array.from({ length: count }, (_, index) =>
    textOfBytes(decoded.subarray(starts[index], starts[index] + lengths[index])),
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\x07": "\\a",
  "\b": "\\b",
};

/** The byte string within double quotes, so that `splitArguments` gives it back whatever its bytes. */
export function quoted(text: string): string {
  const inner = text.replace(/[^ !#-[\]-~]/g, (byte) => {
    return ESCAPES[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${inner}"`;
}

/** What the arguments of the program say, in order of rank: the file, standard input, the options. */
export interface CommandLine {
  /** The configuration file as it was given. */
  readonly file: string | null;
  /** Whether a lone `-`, first or last, asks for standard input. */
  readonly readsInput: boolean;
  /** The options as lines. Null when there was no argument at all, and nothing is to be loaded. */
  readonly options: string | null;
}

/** @param args byte strings, after the program's name. */
export function readCommandLine(args: readonly string[]): CommandLine {
  if (args.length === 0) return { file: null, readsInput: false, options: null };
  const file = args[0].startsWith("-") ? null : args[0];
  const lines = new OptionLines();
  let readsInput = false;
  for (let index = file === null ? 0 : 1; index < args.length; index++) {
    const isEdge = index === 0 || index === args.length - 1;
    if (args[index] === "-" && isEdge) readsInput = true;
    else lines.add(args[index], args[index + 1]);
  }
  return { file, readsInput, options: lines.text };
}

/** Options as lines, for a caller who has names and values rather than arguments: those of the library. */
export function optionLines(options: Iterable<readonly [name: string, args: readonly string[]]>): string {
  const lines: string[] = [];
  for (const [name, args] of options) lines.push([name, ...args.map(quoted)].join(" "));
  return lines.join("\n");
}

class OptionLines {
  text = "";
  /** Whether the option that was named last may end here. */
  #isComplete = true;

  /** @param next the argument after this one, if any. */
  add(argument: string, next: string | undefined): void {
    if (!this.#isComplete || !argument.startsWith("--")) {
      this.text += `${quoted(argument)} `;
      this.#isComplete = true;
      return;
    }
    if (this.text !== "") this.text += "\n";
    this.text += `${argument.slice(2)} `;
    this.#isComplete = splitArguments(argument)?.length !== 1;
    if (!this.#isComplete && (next === undefined || next.startsWith("--"))) this.#omittedValue(argument);
  }

  /** `--save` may lack its value, which is the empty list then; `sentinel` has none. Both are older than the rule. */
  #omittedValue(argument: string): void {
    const isSave = sameWord(argument, "--save");
    if (isSave) this.text += '""';
    if (isSave || sameWord(argument, "--sentinel")) this.#isComplete = true;
  }
}
