import type { Files, Random } from "../../platform/index.ts";
import type { Directory } from "./kind.ts";

/** What a configuration needs of the world. */
export interface ConfigHost {
  readonly files: Files;
  readonly random: Random;
  readonly directory: Directory;
  log(level: "debug" | "notice" | "warning", message: string): void;
}
