/**
 * The configuration of one server: what CONFIG GET, SET and REWRITE work on, and what everything else reads.
 *
 *     const config = new Config(host);
 *     const failure = config.load(readCommandLine(args), null);       the file, standard input, the options
 *     config.values.maxclients                                        a typed field, some ns to read
 *     config.follow("hz", (value) => { … });                          now and whenever it changes, for hot paths' own copies
 *     config.onChange("maxclients", (value) => …);                    what a CONFIG SET does; may refuse
 *
 * Loading calls no observer: it comes before the server is put together. CONFIG SET changes all or nothing.
 */
import { assert } from "../../base/assert.ts";
import { globMatches } from "../../base/glob.ts";
import { bytesOfText } from "./byte-text.ts";
import type { CommandLine } from "./grammar.ts";
import type { ConfigHost } from "./host.ts";
import { type DirectiveSink, type Directives, type LoadFailure, load } from "./load.ts";
import { type Call, callAll, callUntilRefused, type Observer, type Outcome, type Refusal } from "./observers.ts";
import type { ConfigValues, ParameterName, ValueOf } from "./parameters.ts";
import { replaceFile } from "./replace-file.ts";
import { debugText, rewrittenText } from "./rewrite.ts";
import { type NamedSlot, ParameterStore, type Slot } from "./store.ts";

/** Who sets, and when. */
export interface SetAccess {
  /** Whether the client is on this machine, for `enable-protected-configs local`. */
  readonly isLocal: boolean;
  readonly isLoading: boolean;
}

/** An error reply with its code, or null for OK. */
export type SetResult = string | null;

interface Change {
  readonly named: NamedSlot;
  readonly text: string;
  readonly before: unknown;
  readonly shownBefore: string;
}

export class Config {
  /** The values as they stand, a field a parameter. */
  readonly values: ConfigValues;
  /** The directives that are no parameters, as they were read. */
  readonly directives: Directives = {
    renamedCommands: [],
    users: [],
    modules: [],
    moduleSettings: new Map(),
    sentinel: [],
  };
  /** The absolute path of the file that was loaded, and will be rewritten; a byte string. */
  file: string | null = null;
  /** Lines `user …` for a rewritten file; null leaves those of the file alone. Set by whoever owns the users. */
  userLines: (() => readonly string[]) | null = null;

  readonly #host: ConfigHost;
  readonly #store: ParameterStore;
  readonly #observers: Observer[] = [];
  #syncing: Promise<void> = Promise.resolve();

  constructor(host: ConfigHost) {
    this.#host = host;
    this.#store = new ParameterStore(host.directory);
    this.values = this.#store.values;
  }

  /**
   * Reads the file, standard input and options of a command line, in this order, the last word counting.
   * @param input what stands on standard input, a byte string, where the command line asks for it.
   * @returns why the server cannot start, or null.
   */
  load(commandLine: CommandLine, input: string | null, sink: DirectiveSink = {}): LoadFailure | null {
    assert(!commandLine.readsInput || input !== null, "standard input is read before the configuration is loaded");
    const { directives } = this;
    const { file, failure } = load({ host: this.#host, store: this.#store, directives, sink }, commandLine, input);
    this.file = file;
    return failure;
  }

  /**
   * Names and values for CONFIG GET. A pattern finds older names as well, but nothing hidden; a name without wildcards
   * finds just that parameter, and comes back in the case it was asked in.
   */
  get(patterns: readonly string[]): [name: string, text: string][] {
    const found = new Map<string, [string, string]>();
    const add = (shown: string, { name, slot }: NamedSlot): void => {
      if (!found.has(name)) found.set(name, [shown, this.#store.show(slot)]);
    };
    for (const pattern of patterns) {
      if (/[[*?]/.test(pattern)) {
        for (const named of this.#matching(pattern)) add(named.name, named);
      } else {
        const named = this.#store.find(pattern);
        if (named !== null) add(pattern, named);
      }
    }
    return [...found.values()];
  }

  #matching(pattern: string): NamedSlot[] {
    const bytes = bytesOfText(pattern);
    return this.#store.names.filter(({ name, slot }) => {
      if (slot.parameter.traits.hidden) return false;
      return globMatches(bytes, 0, bytes.length, bytesOfText(name), 0, name.length, true);
    });
  }

  /** Calls the observer whenever CONFIG SET has changed the parameter, with its new value. See `observers.ts`. */
  onChange<N extends ParameterName>(name: N, observe: (value: ValueOf<N>) => Outcome): void {
    const slot = this.#slot(name);
    const { kind } = slot.parameter;
    this.#observers.push({ names: [name], run: () => observe(kind.value(slot.stored) as ValueOf<N>) });
  }

  /** Hands over the value now and after every change: how a hot path keeps a copy of its own. */
  follow<N extends ParameterName>(name: N, keep: (value: ValueOf<N>) => void): void {
    const { parameter, stored } = this.#slot(name);
    keep(parameter.kind.value(stored) as ValueOf<N>);
    this.onChange(name, (value) => {
      keep(value);
      return null;
    });
  }

  /** Calls the observer once for any of several parameters. */
  onChangeOfAny(names: readonly ParameterName[], observe: (values: ConfigValues) => Outcome): void {
    for (const name of names) this.#slot(name);
    this.#observers.push({ names, run: () => observe(this.values) });
  }

  /** Whether what stands beside this name in a CONFIG SET must not be shown in a log. */
  isSensitive(name: string): boolean {
    return this.#store.find(name)?.slot.parameter.traits.sensitive === true;
  }

  /** Keeps what has come about otherwise, such as by REPLICAOF, without calling anyone. */
  record(name: ParameterName, args: readonly string[]): void {
    const reason = this.#store.assign(this.#slot(name), args, false);
    assert(reason === null, "what the server records is a value of the parameter");
  }

  /** CONFIG SET: all pairs or none. A promise only where an observer took its time. */
  set(pairs: readonly (readonly [name: string, text: string])[], access: SetAccess): SetResult | Promise<SetResult> {
    const changes = this.#resolve(pairs, access);
    if (typeof changes === "string") return changes;
    const error = this.#assignAll(changes);
    if (error !== null) return error;
    const calls = this.#callsFor(changes);
    const refusal = callUntilRefused(calls);
    if (refusal instanceof Promise) return refusal.then((late) => this.#conclude(changes, calls, late));
    return this.#conclude(changes, calls, refusal);
  }

  /** Finds the parameters. @returns the error of the first that may not be set. */
  #resolve(pairs: readonly (readonly [string, string])[], access: SetAccess): Change[] | string {
    const changes: Change[] = [];
    for (const [given, text] of pairs) {
      const named = this.#store.find(given);
      if (named === null) return `ERR Unknown option or number of arguments for CONFIG SET - '${given}'`;
      const { traits } = named.slot.parameter;
      if (traits.immutable) return setFailure(given, "can't set immutable config");
      if (traits.isProtected && !this.#isAllowed(access)) return setFailure(given, "can't set protected config");
      if (traits.denyLoading && access.isLoading) return "LOADING Redis is loading the dataset in memory";
      if (changes.some((change) => change.named === named)) return setFailure(given, "duplicate parameter");
      const before = named.slot.stored;
      changes.push({ named, text, before, shownBefore: this.#store.show(named.slot) });
    }
    return changes;
  }

  #isAllowed({ isLocal }: SetAccess): boolean {
    const allowed = this.values.enableProtectedConfigs;
    return allowed === "yes" || (allowed === "local" && isLocal);
  }

  #assignAll(changes: readonly Change[]): SetResult {
    for (const [index, { named, text }] of changes.entries()) {
      const { kind } = named.slot.parameter;
      const args = !kind.isList ? [text] : text === "" ? [] : text.split(" ");
      const reason = this.#store.assign(named.slot, args, false);
      if (reason === null) continue;
      this.#restore(changes.slice(0, index));
      return setFailure(named.name, reason);
    }
    return null;
  }

  /** Every observer of what has changed, once. */
  #callsFor(changes: readonly Change[]): Call[] {
    const calls: Call[] = [];
    for (const { named, shownBefore } of changes) {
      const { parameter } = named.slot;
      if (!parameter.traits.volatile && this.#store.show(named.slot) === shownBefore) continue;
      for (const observer of this.#observers) {
        const isNew = !calls.some((call) => call.observer === observer);
        if (isNew && observer.names.includes(parameter.name)) calls.push({ name: named.name, observer });
      }
    }
    return calls;
  }

  #conclude(
    changes: readonly Change[],
    calls: readonly Call[],
    refusal: Refusal | null,
  ): SetResult | Promise<SetResult> {
    if (refusal === null) return null;
    const { name, reason } = refusal;
    this.#host.log(
      "warning",
      `Failed applying new configuration. Possibly related to new ${name} setting. Restoring previous settings.`,
    );
    this.#restore(changes);
    const undone = callAll(calls, (again) =>
      this.#host.log("warning", `Failed applying restored failed CONFIG SET command: ${again.reason}`),
    );
    const error = setFailure(name, reason);
    return undone === null ? error : undone.then(() => error);
  }

  /** From the last to the first, since a parameter may have been set by both its names. */
  #restore(changes: readonly Change[]): void {
    for (const { named, before } of changes.toReversed()) this.#store.restore(named.slot, before);
  }

  /** The text of the file with the values as they are. @param existing null when there is no such file. */
  rewrite(existing: string | null, isForced = false): string {
    return rewrittenText(existing, this.#store, this.userLines?.() ?? null, isForced);
  }

  /**
   * CONFIG REWRITE: replaces the file. When it returns null the new file stands; it is made durable after that.
   * @param isForced writes every parameter, also at its default.
   * @returns what is wrong, as an error reply with its code.
   */
  rewriteFile(isForced = false): SetResult {
    if (this.file === null) return "ERR The server is running without a config file";
    const { error, durable } = replaceFile(this.#host, this.file, (existing) => this.rewrite(existing, isForced));
    if (error !== null) {
      this.#host.log("warning", `CONFIG REWRITE failed: ${error}`);
      return `ERR Rewriting config file: ${error}`;
    }
    this.#syncing = Promise.all([this.#syncing, durable]).then(() => undefined);
    this.#host.log("notice", "CONFIG REWRITE executed with success.");
    return null;
  }

  /** Resolves when all rewritten files are durable. */
  settled(): Promise<void> {
    return this.#syncing;
  }

  /** The parameters that matter when something has gone wrong, a line each. */
  debugText(): string {
    return debugText(this.#store);
  }

  #slot(name: string): Slot {
    const named = this.#store.find(name);
    assert(named !== null, "the name of a parameter");
    return named.slot;
  }
}

function setFailure(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}
