import { wireSuite } from "./suite.ts";

wireSuite("node20");
