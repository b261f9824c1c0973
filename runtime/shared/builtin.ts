/**
 * Modules of the runtime that are loaded when they are first needed. node:tls, node:crypto and node:vm cost milliseconds
 * at start, on Bun node:net does too, and most servers never use them.
 */
import { createRequire } from "node:module";

/** @param name with its `node:` prefix. @returns the module, typed as the caller says. */
export function builtin<Module>(name: string): Module {
  // The global: to import node:process as a module costs 5 ms on Node, for which every getter of it is called.
  const { process } = globalThis as { process: { getBuiltinModule?: (name: string) => unknown } };
  const load = process.getBuiltinModule;
  // Node before 20.16 has only `require`, which an ES module makes for itself.
  return (load === undefined ? createRequire(import.meta.url)(name) : load.call(process, name)) as Module;
}
