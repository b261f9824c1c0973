// The floors of the house, checked. Every rule about src/ is derived from one table, scripts/rooms.json: a room
// imports strictly lower floors, never a sibling on its own floor, never upwards. An import of types alone counts.
// test/tooling/floors.test.ts shows each rule at work on a small tree that breaks it.
const rooms = require("./scripts/rooms.json");

const anyOf = (names) => `(?:${names.join("|")})`;

/** The packages that src/ uses, each through one file of its own. */
const packages = [{ file: "src/base/sha1.ts", name: "@noble/hashes" }];
const notPackages = ["local", "core", "unknown", "undetermined"];
const literal = (path) => path.replaceAll(".", "\\.");

/** One rule a room: whatever in src/ it reaches is itself or stands on a lower floor. */
const floors = rooms.map(({ room, floor }) => {
  const allowed = [room, ...rooms.filter((other) => other.floor < floor).map((other) => other.room)];
  return {
    name: `floor-${floor}-${room}`,
    comment: `src/${room} stands on floor ${floor}: it imports strictly lower floors, never a sibling, never upwards.`,
    severity: "error",
    from: { path: `^src/${room}/` },
    to: { path: "^src/", pathNot: `^src/${anyOf(allowed)}/` },
  };
});

module.exports = {
  forbidden: [
    ...floors,
    {
      name: "room-unknown",
      comment: "A folder of src/ that scripts/rooms.json does not know has no floor: add it there first.",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: `^src/${anyOf(rooms.map(({ room }) => room))}/` },
    },
    {
      name: "core-below-runtime",
      comment: "src/ knows no runtime: adapters, doors, tests and scripts import it, not the other way round.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(?:runtime/|test/|scripts/|mod\\.ts$)" },
    },
    {
      name: "core-without-builtins",
      comment: "src/ reaches the world through src/platform only, not through modules of a runtime.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "core-without-packages",
      comment: "What the product is, is our own code: a package used in src/ must be named above with its file.",
      severity: "error",
      from: { path: "^src/", pathNot: `^${anyOf(packages.map(({ file }) => literal(file)))}$` },
      to: { dependencyTypesNot: notPackages, pathNot: "^src/" },
    },
    ...packages.map(({ file, name }) => ({
      name: `only-${name}`,
      comment: `${file} is the door to ${name} and to no other package.`,
      severity: "error",
      from: { path: `^${literal(file)}$` },
      to: { dependencyTypesNot: notPackages, pathNot: `^(?:src/|node_modules/${name}/)` },
    })),
    {
      name: "adapter-on-the-seam",
      comment: "An adapter implements src/platform (with src/base to help); it knows nothing of what runs on it.",
      severity: "error",
      from: { path: "^runtime/", pathNot: "^runtime/[^/]+/main\\.ts$" },
      to: { path: "^(?:src/|mod\\.ts$)", pathNot: "^src/(?:platform|base)/" },
    },
    {
      name: "main-is-thin",
      comment: "A main puts its adapter under the server: it imports src/server or mod.ts, and no room inside.",
      severity: "error",
      from: { path: "^runtime/[^/]+/main\\.ts$" },
      to: { path: "^src/", pathNot: "^src/(?:platform|base|server|tools)/" },
    },
    {
      name: "adapter-apart",
      comment: "One adapter a runtime: what two of them need stands in runtime/shared, never in the other's folder.",
      severity: "error",
      from: { path: "^runtime/([^/]+)/" },
      to: { path: "^runtime/", pathNot: "^runtime/(?:$1|shared)/" },
    },
    {
      name: "adapter-without-tests",
      comment: "What ships does not import tests or scripts.",
      severity: "error",
      from: { path: "^(?:runtime/|mod\\.ts$)" },
      to: { path: "^(?:test/|scripts/)" },
    },
    {
      name: "no-circle",
      comment:
        "Files that run each other are one file in two places, or miss a port: declare it low, implement it high. " +
        "(A part may know the type of its owner, inside one room: between rooms the floors allow no circle at all.)",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "nothing-missing",
      comment: "An import that resolves to no file.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(?:dist|coverage)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["node", "import", "default"] },
  },
};
