/** The table of parameters as docs/configuration.md shows it. `scripts/docs.ts` puts it there. */
import type { Effect, Parameter, Traits } from "./parameter.ts";
import { THEMES } from "./parameters.ts";

export interface ParameterDescription {
  readonly theme: string;
  readonly name: string;
  readonly alias: string | null;
  /** What may be written. */
  readonly form: string;
  /** As CONFIG GET shows it. */
  readonly standard: string;
  readonly effect: Effect;
  readonly about: string;
  /** What is particular about setting it, in words. */
  readonly remarks: readonly string[];
}

const REMARKS: readonly (readonly [keyof Traits, string])[] = [
  ["immutable", "fixed at start"],
  ["isProtected", "protected"],
  ["denyLoading", "not while loading"],
  ["hidden", "hidden"],
];

export function describeParameters(): ParameterDescription[] {
  return THEMES.flatMap(([theme, rows]) => rows.map((row: Parameter) => describe(theme, row)));
}

function describe(theme: string, { name, kind, standard, note, traits }: Parameter): ParameterDescription {
  return {
    theme,
    name,
    alias: traits.alias ?? null,
    form: kind.form,
    // The working directory has no default of its own.
    standard: kind.initial === undefined ? kind.show(standard) : "where the server is started",
    effect: note.effect,
    about: note.about,
    remarks: REMARKS.filter(([trait]) => traits[trait] === true).map(([, remark]) => remark),
  };
}

/** The descriptions as Markdown: a heading and a table for each theme. */
export function parametersMarkdown(): string {
  const descriptions = describeParameters();
  const sections = THEMES.map(([theme]) => {
    const rows = descriptions.filter((description) => description.theme === theme).map(rowMarkdown);
    const head = ["| parameter | value | default | effect | what it does |", "|---|---|---|---|---|"];
    return [`### ${theme}`, "", ...head, ...rows].join("\n");
  });
  return sections.join("\n\n");
}

function rowMarkdown({ name, alias, form, standard, effect, about, remarks }: ParameterDescription): string {
  const names = alias === null ? `\`${name}\`` : `\`${name}\`, \`${alias}\``;
  const shown = standard === "" ? "empty" : standard.startsWith("where ") ? standard : `\`${standard}\``;
  const effectShown = [effect === "used" ? "**used**" : effect, ...remarks].join("; ");
  return `| ${[names, form, shown, effectShown, about].map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
}
