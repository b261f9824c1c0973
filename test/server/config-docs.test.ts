import { expect, test } from "vitest";
import { stalePages, withSection } from "../../scripts/docs.ts";
import { describeParameters } from "../../src/server/config/describe.ts";

test("the generated parts of the docs are up to date (else: node scripts/docs.ts)", () => {
  expect([...stalePages().keys()]).toEqual([]);
});

test("a page without markers is refused", () => {
  const section = { page: "x.md", name: "part", render: () => "text" };
  expect(() => withSection("nothing", section)).toThrow("x.md needs the markers");
  expect(withSection("a\n<!-- part:begin -->old<!-- part:end -->\nb", section)).toBe(
    "a\n<!-- part:begin -->\n\ntext\n\n<!-- part:end -->\nb",
  );
});

test("every parameter says what it does, or why it does nothing", () => {
  for (const { name, about, form } of describeParameters()) {
    expect(about, name).toMatch(/^[A-Z].*[.)]$/);
    expect(form, name).not.toBe("");
  }
});
