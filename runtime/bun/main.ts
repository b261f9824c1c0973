import { runMain } from "../../src/server/main.ts";
import { createPlatform } from "./platform.ts";

// Not awaited: as a CommonJS module this is also compiled beforehand (scripts/build.mjs).
void runMain(createPlatform());
