/** The ordinary kinds: yes or no, one of several words, numbers and text. Their refusals are worded as Redis words them. */
import { lowerAscii, upToNul } from "./byte-text.ts";
import { type Kind, plainLine, quotedLine, type Reading, refused, stored } from "./kind.ts";
import {
  INT_MAX,
  LONG_MAX,
  memoryText,
  readLooseInteger,
  readMemory,
  readStrictInteger,
  UINT_MAX,
  ULONG_MAX,
} from "./numbers.ts";

// --- Words ------------------------------------------------------------------------------------------------------------

/** @param check refuses a value for a reason of its own. */
export function yesNo(check?: (value: boolean) => string | null): Kind<boolean, boolean> {
  return {
    form: "`yes` or `no`",
    isList: false,
    read(args) {
      const word = lowerAscii(upToNul(args[0]));
      if (word !== "yes" && word !== "no") return refused("argument must be 'yes' or 'no'");
      const reason = check?.(word === "yes") ?? null;
      return reason === null ? stored(word === "yes") : refused(reason);
    },
    show: (value) => (value ? "yes" : "no"),
    value: (value) => value,
    rewrite: (name, value, standard) => plainLine(name, value ? "yes" : "no", value !== standard),
  };
}

/** One of several words. */
export function oneOf<const T extends string>(...names: readonly T[]): Kind<T, T> {
  return wordKind(names.map((name) => [name, name]));
}

/** One of several words, some of which mean the same: pairs of a word and the word it is kept as. */
export function wordKind<const T extends string>(words: readonly (readonly [string, T])[]): Kind<T, T> {
  const names = words.map(([word]) => word);
  return {
    form: names.map((name) => `\`${name}\``).join(", "),
    isList: false,
    read(args) {
      const wanted = lowerAscii(upToNul(args[0]));
      const found = words.find(([word]) => word === wanted);
      return found === undefined ? noneOf(names) : stored(found[1]);
    },
    show: (value) => value,
    value: (value) => value,
    rewrite: (name, value, standard) => plainLine(name, value, value !== standard),
  };
}

/**
 * Any of several words at once, kept in the order of `flags`; `none` is the word for the empty choice.
 * @param check refuses a combination.
 */
export function anyOf<const T extends string>(
  none: string,
  flags: readonly T[],
  check: (chosen: readonly T[]) => string | null,
): Kind<readonly T[], readonly T[]> {
  const names = [none, ...flags];
  const show = (chosen: readonly T[]): string => (chosen.length === 0 ? none : chosen.join(" "));
  return {
    form: `\`${none}\`, or any of ${flags.map((flag) => `\`${flag}\``).join(", ")}`,
    isList: true,
    read(args): Reading<readonly T[]> {
      const wanted = args.map((argument) => lowerAscii(upToNul(argument)));
      if (wanted.length === 0 || !wanted.every((word) => names.includes(word))) return noneOf(names);
      const chosen = flags.filter((flag) => wanted.includes(flag));
      const reason = check(chosen);
      return reason === null ? stored(chosen) : refused(reason);
    },
    show,
    value: (chosen) => chosen,
    rewrite: (name, chosen, standard) => plainLine(name, show(chosen), show(chosen) !== show(standard)),
  };
}

function noneOf(names: readonly string[]): { readonly reason: string } {
  return refused(`argument(s) must be one of the following: ${names.join(", ")}`);
}

// --- Numbers ----------------------------------------------------------------------------------------------------------

interface NumberForm {
  readonly form: string;
  /** @returns null when the text is no such number. The figure is a signed one of 64 bits. */
  read(text: string): bigint | null;
  readonly refusal: string;
  show(value: bigint): string;
  /** As it stands in a rewritten file, where that differs. */
  write?(value: bigint): string;
}

interface Bounds {
  readonly min: bigint;
  readonly max: bigint;
  /** Whether C keeps it unsigned: a negative figure then exceeds the bound instead of falling below it. */
  readonly isUnsigned?: boolean;
  /** What a figure within the bounds is brought into. */
  readonly clamp?: readonly [min: bigint, max: bigint];
  /** Says what is wrong with a figure outside, where that is not "between". */
  readonly outside?: string;
}

function numberKind(text: NumberForm, bounds: Bounds): Kind<bigint, number> {
  const { min, max, clamp } = bounds;
  const outside = bounds.outside ?? `argument must be between ${text.show(min)} and ${text.show(max)} inclusive`;
  const write = (value: bigint): string => (text.write ?? text.show)(value);
  return {
    form: `${text.form}, ${boundsText(min, max, text.show)}`,
    isList: false,
    read(args) {
      const figure = text.read(args[0]);
      if (figure === null) return refused(text.refusal);
      const value = bounds.isUnsigned ? BigInt.asUintN(64, figure) : BigInt.asIntN(64, figure);
      if (value < min || value > max) return refused(outside);
      if (clamp === undefined) return stored(value);
      return stored(value < clamp[0] ? clamp[0] : value > clamp[1] ? clamp[1] : value);
    },
    show: text.show,
    value: Number,
    rewrite: (name, value, standard) => plainLine(name, write(value), value !== standard),
  };
}

function boundsText(min: bigint, max: bigint, show: (value: bigint) => string): string {
  // The ends of C's types are no information.
  const isOpen = max >= INT_MAX;
  if (isOpen && min < -1n) return "any";
  return isOpen ? `${show(min)} or more` : `${show(min)} to ${show(max)}`;
}

const PLAIN: NumberForm = {
  form: "integer",
  read: readStrictInteger,
  refusal: "argument couldn't be parsed into an integer",
  show: String,
};

const MEMORY: NumberForm = {
  form: "bytes, with a unit",
  read: readMemory,
  refusal: "argument must be a memory value",
  show: String,
  write: memoryText,
};

const OCTAL: NumberForm = {
  form: "octal",
  read(text) {
    const read = readLooseInteger(text, 8);
    return read === null || read.overflowed ? null : read.value;
  },
  refusal: "argument couldn't be parsed as an octal number",
  show: (value) => value.toString(8),
};

/** A percentage is kept as a negative figure. */
const MEMORY_OR_PERCENT: NumberForm = {
  form: "bytes, with a unit, or a percentage",
  read(text) {
    const bytes = readMemory(text);
    if (bytes !== null) return bytes;
    const percent = text.length > 1 && text.endsWith("%") ? readStrictInteger(text.slice(0, -1)) : null;
    return percent === null || percent < 0n ? null : -percent;
  },
  refusal: "argument must be a memory or percent value",
  show: (value) => (value < 0n ? `${-value}%` : String(value)),
  write: (value) => (value < 0n ? `${-value}%` : memoryText(value)),
};

/** @param max of an int unless given. */
export function integer(min: bigint, max: bigint = INT_MAX, clamp?: readonly [bigint, bigint]): Kind<bigint, number> {
  return numberKind(PLAIN, clamp === undefined ? { min, max } : { min, max, clamp });
}

/** An integer that C keeps unsigned. */
export function unsigned(min: bigint, max: bigint = UINT_MAX): Kind<bigint, number> {
  return numberKind(PLAIN, { min, max, isUnsigned: true });
}

/** Bytes that C keeps signed. */
export function memory(min: bigint, max: bigint = LONG_MAX, clamp?: readonly [bigint, bigint]): Kind<bigint, number> {
  return numberKind(MEMORY, clamp === undefined ? { min, max } : { min, max, clamp });
}

export function unsignedMemory(min: bigint, max: bigint = ULONG_MAX): Kind<bigint, number> {
  return numberKind(MEMORY, { min, max, isUnsigned: true });
}

export function octal(min: bigint, max: bigint): Kind<bigint, number> {
  return numberKind(OCTAL, { min, max, isUnsigned: true });
}

/** Bytes, or a percentage as its negative: 5% is -5. */
export function memoryOrPercent(percentMax: bigint): Kind<bigint, number> {
  return numberKind(MEMORY_OR_PERCENT, {
    min: -percentMax,
    max: LONG_MAX,
    outside: `percentage argument must be less or equal to ${percentMax}`,
  });
}

// --- Text -------------------------------------------------------------------------------------------------------------

interface TextSettings {
  /** What the empty text is: a value, which is written to files, or the absence of one, which is not. */
  readonly empty: "value" | "none";
  /** Whether the value ends at a NUL, as C's strings do. */
  readonly endsAtNul: boolean;
  readonly check?: TextCheck | undefined;
}

/** @returns why a text is refused, or null. */
export type TextCheck = (text: string, around: { clusterEnabled: boolean; unixsocket: string }) => string | null;

function textKind(form: string, { empty, endsAtNul, check }: TextSettings): Kind<string, string> {
  return {
    form,
    isList: false,
    read(args, _before, around) {
      const text = endsAtNul ? upToNul(args[0]) : args[0];
      const reason = check?.(text, around) ?? null;
      return reason === null ? stored(text) : refused(reason);
    },
    show: (text) => text,
    value: (text) => text,
    rewrite(name, text, standard) {
      return text === "" && empty === "none" ? [] : quotedLine(name, text, text !== standard);
    },
  };
}

/** Text, where the empty one means that there is none. */
export function optionalText(check?: TextCheck): Kind<string, string> {
  return textKind("text, empty for none", { empty: "none", endsAtNul: true, check });
}

/** Text, where the empty one is as good as any. */
export function text(check?: TextCheck): Kind<string, string> {
  return textKind("text", { empty: "value", endsAtNul: true, check });
}

/** Any bytes, where none means that there is no such thing. */
export function secret(): Kind<string, string> {
  return textKind("any bytes, empty for none", { empty: "none", endsAtNul: false });
}
