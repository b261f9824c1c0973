/** The conformance body: every case a runtime has to pass, in the order they run. */
import type { ConformanceCase } from "./environment.ts";
import { timeCases } from "./time_cases.ts";

export type { Capabilities, Capability, ConformanceCase, Environment, TlsFixtures } from "./environment.ts";

export const conformanceCases: readonly ConformanceCase[] = [...timeCases];
