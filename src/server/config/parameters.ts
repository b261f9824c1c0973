/**
 * The one table of parameters: every name of Redis 7.2, with its kind, range, default and traits, by theme.
 *
 * The type of `config.values` follows from it: `maxmemory-policy` is `values.maxmemoryPolicy`, of the type that its kind
 * gives. So a misspelt name does not compile, and reading a value is reading a field.
 */
import type { Kind } from "./kind.ts";
import type { Parameter } from "./parameter.ts";
import { CLIENTS } from "./parameters/clients.ts";
import { CLUSTER } from "./parameters/cluster.ts";
import { DATA } from "./parameters/data.ts";
import { NETWORK } from "./parameters/network.ts";
import { OBSERVATION } from "./parameters/observation.ts";
import { PERSISTENCE } from "./parameters/persistence.ts";
import { PROCESS } from "./parameters/process.ts";
import { REPLICATION } from "./parameters/replication.ts";
import { TLS } from "./parameters/tls.ts";

/** By theme, in the order of the docs and of CONFIG GET. */
export const THEMES = [
  ["Network", NETWORK],
  ["Process, log and machine", PROCESS],
  ["Clients and access", CLIENTS],
  ["Data and memory", DATA],
  ["Persistence", PERSISTENCE],
  ["Observation and scripts", OBSERVATION],
  ["Replication", REPLICATION],
  ["Cluster", CLUSTER],
  ["TLS", TLS],
] as const;

type Row = (typeof THEMES)[number][1][number];

/** `maxmemory-policy` or `server_cpulist` as a field's name. */
export type FieldName<N extends string> = N extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<FieldName<Tail>>}`
  : N extends `${infer Head}_${infer Tail}`
    ? `${Head}${Capitalize<FieldName<Tail>>}`
    : N;

type ValueOfRow<R> = R extends { readonly kind: Kind<infer _Stored, infer Value> } ? Value : never;

/** Every name, without the older ones. */
export type ParameterName = Row["name"];

/** What the server reads: a field a parameter. */
export type ConfigValues = { readonly [R in Row as FieldName<R["name"]>]: ValueOfRow<R> };

/** The value of the parameter of a name. */
export type ValueOf<N extends ParameterName> = ValueOfRow<Extract<Row, { readonly name: N }>>;

/** The whole table. */
export const PARAMETERS: readonly Parameter[] = THEMES.flatMap(([, rows]): readonly Parameter[] => rows);

export function fieldName(name: string): string {
  return name.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
