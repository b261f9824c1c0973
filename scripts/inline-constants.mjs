/**
 * An esbuild plugin that writes the values of numeric constants where they are used.
 *
 * esbuild turns a module's top-level `const X = 13` into a `var` of the bundle, which engines load anew at every use;
 * in the hot files, full of such names, that is up to a quarter of the time. Sources that run unbundled have real
 * constants and need none of this. Only top-level constants in CAPITALS with a value that is a number written out, or
 * arithmetic on such, are replaced, by syntax and not by text: what is not an ordinary use of the name stays.
 */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import ts from "typescript";

const NAME = /^[A-Z][A-Z0-9_]*$/;

/** Modules that have been read, for all bundles of one build. */
const modules = new Map();

/** @type {import("esbuild").Plugin} */
export const inlineConstants = {
  name: "inline-constants",
  setup(build) {
    build.onLoad({ filter: /\/(?:src|runtime)\/.*\.ts$/ }, async ({ path }) => {
      const { source, values } = await read(path);
      return { contents: replaced(source, values), loader: "ts" };
    });
  },
};

/** A module's syntax and the numeric constants it can name; a module is read once. */
function read(path) {
  let module = modules.get(path);
  if (module === undefined) {
    module = parse(path);
    modules.set(path, module);
  }
  return module;
}

async function parse(path) {
  const source = ts.createSourceFile(path, await readFile(path, "utf8"), ts.ScriptTarget.ES2022, true);
  const values = new Map();
  const reexports = new Map();
  for (const statement of source.statements) {
    const from = statement.moduleSpecifier?.text;
    if (from === undefined || !from.startsWith(".")) continue;
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
    if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) continue;
    const names = bindings.elements.filter(({ name, isTypeOnly }) => !isTypeOnly && NAME.test(name.text));
    if (names.length === 0) continue;
    const other = await read(resolve(dirname(path), from));
    for (const { name, propertyName } of names) {
      const value = other.exported((propertyName ?? name).text);
      if (value !== undefined) (ts.isImportDeclaration(statement) ? values : reexports).set(name.text, value);
    }
  }
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement) || !(statement.declarationList.flags & ts.NodeFlags.Const)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (!ts.isIdentifier(name) || !NAME.test(name.text) || initializer === undefined) continue;
      const value = evaluate(initializer, values);
      if (value !== undefined) values.set(name.text, value);
    }
  }
  return { source, values, exported: (name) => values.get(name) ?? reexports.get(name) };
}

const OPERATIONS = new Map([
  [ts.SyntaxKind.PlusToken, (a, b) => a + b],
  [ts.SyntaxKind.MinusToken, (a, b) => a - b],
  [ts.SyntaxKind.AsteriskToken, (a, b) => a * b],
  [ts.SyntaxKind.SlashToken, (a, b) => a / b],
  [ts.SyntaxKind.AsteriskAsteriskToken, (a, b) => a ** b],
  [ts.SyntaxKind.LessThanLessThanToken, (a, b) => a << b],
  [ts.SyntaxKind.BarToken, (a, b) => a | b],
]);

/** The number that an expression is, or undefined. */
function evaluate(node, values) {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isParenthesizedExpression(node)) return evaluate(node.expression, values);
  if (ts.isIdentifier(node)) return values.get(node.text);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const operand = evaluate(node.operand, values);
    return operand === undefined ? undefined : -operand;
  }
  if (!ts.isBinaryExpression(node)) return undefined;
  const operation = OPERATIONS.get(node.operatorToken.kind);
  const left = evaluate(node.left, values);
  const right = evaluate(node.right, values);
  return operation === undefined || left === undefined || right === undefined ? undefined : operation(left, right);
}

/** The module's text with every use of the names replaced. */
function replaced(source, values) {
  const edits = [];
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isIdentifier(node) && values.has(node.text) && isUse(node)) {
      const value = values.get(node.text);
      edits.push([node.getStart(source), node.end, value < 0 ? `(${value})` : String(value)]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  let text = "";
  let from = 0;
  for (const [start, end, value] of edits) {
    text += source.text.slice(from, start) + value;
    from = end;
  }
  return text + source.text.slice(from);
}

/** Whether an identifier stands for its value, rather than naming a property or what is being declared. */
function isUse(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent) || ts.isBindingElement(parent) || ts.isParameter(parent)) {
    return parent.initializer === node;
  }
  return !(ts.isShorthandPropertyAssignment(parent) || (ts.isPropertyDeclaration(parent) && parent.name === node));
}
