import { wireSuite } from "./suite.ts";

wireSuite("redis");
