/**
 * INFO: the server's figures under Redis's names and in its order, and a few of our own with the prefix `redpoll_`.
 * What a part of the server counts that does not exist stands there with the value it has in an idle Redis, since
 * monitors read these fields by name.
 */
import { clientFields } from "./info/client-section.ts";
import { clusterFields, keyspaceFields, persistenceFields, replicationFields } from "./info/data-sections.ts";
import type { Fields } from "./info/format.ts";
import { memoryFields } from "./info/memory-section.ts";
import { serverFields } from "./info/server-section.ts";
import { commandFields, cpuFields, errorFields, latencyFields, statsFields } from "./info/statistics-sections.ts";
import type { Server } from "./server.ts";

interface Section {
  readonly name: string;
  readonly title: string;
  /** Whether INFO without arguments shows it. */
  readonly isDefault: boolean;
  fields(server: Server): Fields;
}

const SECTIONS: readonly Section[] = [
  { name: "server", title: "Server", isDefault: true, fields: serverFields },
  { name: "clients", title: "Clients", isDefault: true, fields: clientFields },
  { name: "memory", title: "Memory", isDefault: true, fields: memoryFields },
  { name: "persistence", title: "Persistence", isDefault: true, fields: persistenceFields },
  { name: "stats", title: "Stats", isDefault: true, fields: statsFields },
  { name: "replication", title: "Replication", isDefault: true, fields: replicationFields },
  { name: "cpu", title: "CPU", isDefault: true, fields: cpuFields },
  { name: "modules", title: "Modules", isDefault: true, fields: () => [] },
  { name: "commandstats", title: "Commandstats", isDefault: false, fields: commandFields },
  { name: "errorstats", title: "Errorstats", isDefault: true, fields: errorFields },
  { name: "latencystats", title: "Latencystats", isDefault: false, fields: latencyFields },
  { name: "cluster", title: "Cluster", isDefault: true, fields: clusterFields },
  { name: "keyspace", title: "Keyspace", isDefault: true, fields: keyspaceFields },
];

/** @param names sections asked for, lower case; none means the default ones; one that is not known adds nothing. */
export function infoText(server: Server, names: readonly string[]): string {
  const all = names.includes("all") || names.includes("everything");
  const defaults = names.length === 0 || names.includes("default");
  return SECTIONS.filter(({ name, isDefault }) => all || (defaults && isDefault) || isNamed(name, names))
    .map((section) => sectionText(section, server))
    .join("\r\n");
}

function isNamed(name: string, names: readonly string[]): boolean {
  return names.includes(name) || (name === "modules" && names.includes("module_list"));
}

function sectionText({ title, fields }: Section, server: Server): string {
  const lines = fields(server).map(([name, value]) => `${name}:${value}\r\n`);
  return `# ${title}\r\n${lines.join("")}`;
}
