/** The values of one server's parameters: found by name, kept exactly, and laid out as fields for who reads them. */
import { assert } from "../../base/assert.ts";
import { lowerAscii } from "./byte-text.ts";
import { type Directory, refused, type Surroundings, WRONG_COUNT } from "./kind.ts";
import type { Parameter } from "./parameter.ts";
import { type ConfigValues, fieldName, PARAMETERS } from "./parameters.ts";

/** A parameter and what is kept of it. */
export interface Slot {
  readonly parameter: Parameter;
  stored: unknown;
}

/** A name that leads to a parameter: its own or the older one. */
export interface NamedSlot {
  readonly name: string;
  readonly slot: Slot;
}

export class ParameterStore {
  readonly values: ConfigValues;
  /** In the order of the table. */
  readonly slots: readonly Slot[];
  /** The same, each name for itself. */
  readonly names: readonly NamedSlot[];
  readonly #byName: ReadonlyMap<string, NamedSlot>;
  readonly #directory: Directory;
  readonly #fields: Record<string, unknown> = {};

  constructor(directory: Directory) {
    this.#directory = directory;
    this.values = this.#fields as unknown as ConfigValues;
    const around = this.around(false);
    this.slots = PARAMETERS.map((parameter) => ({
      parameter,
      stored: parameter.kind.initial?.(around) ?? parameter.standard,
    }));
    for (const slot of this.slots) this.keep(slot, slot.stored);
    this.names = this.slots.flatMap((slot) => namesOf(slot.parameter).map((name) => ({ name, slot })));
    this.#byName = new Map(this.names.map((named) => [named.name, named]));
    assert(this.#byName.size === this.names.length, "a parameter is defined once");
  }

  /** @param name in any case. */
  find(name: string): NamedSlot | null {
    return this.#byName.get(lowerAscii(name)) ?? null;
  }

  show({ parameter, stored }: Slot): string {
    return parameter.kind.show(stored);
  }

  /** Reads a value and keeps it. @returns why it cannot be read, or null. */
  assign(slot: Slot, args: readonly string[], appends: boolean): string | null {
    const { kind } = slot.parameter;
    if (!kind.isList && args.length !== 1) return refused(WRONG_COUNT).reason;
    const reading = kind.read(args, slot.stored, this.around(appends));
    if ("reason" in reading) return reading.reason;
    this.keep(slot, reading.stored);
    return null;
  }

  /** Goes back to what was kept before. */
  restore(slot: Slot, before: unknown): void {
    slot.parameter.kind.restore?.(before, this.around(false));
    this.keep(slot, before);
  }

  private keep(slot: Slot, stored: unknown): void {
    slot.stored = stored;
    this.#fields[fieldName(slot.parameter.name)] = slot.parameter.kind.value(stored);
  }

  private around(appends: boolean): Surroundings {
    const { clusterEnabled = false, unixsocket = "" } = this.values;
    return { directory: this.#directory, appends, clusterEnabled, unixsocket };
  }
}

function namesOf({ name, traits: { alias } }: Parameter): string[] {
  return alias === undefined ? [name] : [name, alias];
}
