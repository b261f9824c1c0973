/** The conformance body: every case a runtime has to pass, in the order they run. */
import { addressCases } from "./address_cases.ts";
import { connectionCases } from "./connection_cases.ts";
import type { ConformanceCase } from "./environment.ts";
import { fileCases } from "./file_cases.ts";
import { flowCases } from "./flow_cases.ts";
import { systemCases } from "./system_cases.ts";
import { timeCases } from "./time_cases.ts";
import { tlsCases } from "./tls_cases.ts";

export type { Capabilities, Capability, ConformanceCase, Environment, TlsFixtures } from "./environment.ts";

export const conformanceCases: readonly ConformanceCase[] = [
  ...timeCases,
  ...systemCases,
  ...fileCases,
  ...addressCases,
  ...connectionCases,
  ...tlsCases,
  ...flowCases,
];
