import { runMain } from "../../src/server/main.ts";
import { createPlatform } from "./platform.ts";

await runMain(createPlatform());
