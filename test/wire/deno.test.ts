import { wireSuite } from "./suite.ts";

wireSuite("deno");
