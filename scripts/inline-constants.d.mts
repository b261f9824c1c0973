import type { Plugin } from "esbuild";

export const inlineConstants: Plugin;
