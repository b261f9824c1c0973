/** A host for configurations under test: real files in a directory of its own, a working directory that is only a field. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeFiles } from "../../runtime/shared/files.ts";
import { pathFrom } from "../../src/server/config/directory.ts";
import type { ConfigHost } from "../../src/server/config/host.ts";

export class TestHost implements ConfigHost {
  readonly root = mkdtempSync(join(tmpdir(), "config-"));
  readonly files = new NodeFiles();
  readonly random = { fill: (into: Uint8Array) => into.fill(7) };
  readonly logged: string[] = [];
  path = this.root;
  readonly directory = {
    current: () => this.path,
    change: (to: string) => {
      const path = pathFrom(this.path, to).replace(/\/$/, "");
      if (to === "" || this.files.stat(path)?.kind !== "directory") return "No such file or directory";
      this.path = path;
      return null;
    },
  };

  log(level: string, message: string): void {
    this.logged.push(`${level}: ${message}`);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
