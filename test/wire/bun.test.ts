import { wireSuite } from "./suite.ts";

wireSuite("bun");
