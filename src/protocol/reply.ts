/**
 * Replies as values, for whoever reads them: the client, the tools, the tests. Nothing of the wire is lost, so that
 * writing a value again gives the same bytes: RESP2's two nulls and RESP3's one are told apart, and so are a double and
 * its text.
 */
export type Reply =
  | { readonly kind: "simple"; readonly text: string }
  | { readonly kind: "error"; readonly text: string }
  /** A bigint only beyond 2^53 - 1 in magnitude. */
  | { readonly kind: "integer"; readonly value: number | bigint }
  | { readonly kind: "bulk"; readonly bytes: Uint8Array }
  | { readonly kind: "null"; readonly of: NullForm }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "double"; readonly value: number; readonly text: string }
  | { readonly kind: "bigNumber"; readonly text: string }
  | { readonly kind: "verbatim"; readonly format: string; readonly bytes: Uint8Array }
  | { readonly kind: "blobError"; readonly bytes: Uint8Array }
  | { readonly kind: "array"; readonly items: readonly Reply[] }
  | { readonly kind: "set"; readonly items: readonly Reply[] }
  | { readonly kind: "push"; readonly items: readonly Reply[] }
  | { readonly kind: "map"; readonly entries: readonly ReplyPair[] }
  /** Attributes precede the reply they are about. */
  | { readonly kind: "attributed"; readonly attributes: readonly ReplyPair[]; readonly reply: Reply };

export type ReplyPair = readonly [Reply, Reply];

/** `$-1`, `*-1` and `_`. */
export type NullForm = "bulk" | "array" | "resp3";
