import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A node's folder as its platform wrote it. */
export interface NodeFolder {
  readonly nodeId: string;
  readonly directory: string;
  readonly dataDir: string;
  readonly port: number;
}

/** Where the suite keeps things: read by the harness as an outsider would, from the files on disk. */
export class Installation {
  constructor(readonly root: string) {}

  get platformDir(): string {
    return join(this.root, 'platform');
  }
  get controlData(): string {
    return join(this.root, 'control', 'data');
  }
  get logs(): string {
    return join(this.root, 'logs');
  }
  get clusterDir(): string {
    return join(this.platformDir, 'nodes', 'pg');
  }

  async token(): Promise<string> {
    return (await readFile(join(this.root, 'token'), 'utf8')).trim();
  }

  async controlPort(): Promise<number> {
    return Number((await readFile(join(this.root, 'control', 'port'), 'utf8')).trim());
  }

  /** Secret: carries the password. */
  async controlUrl(port?: number): Promise<string> {
    const password = (await readFile(join(this.root, 'control', 'password'), 'utf8')).trim();
    return `postgres://replicante:${password}@127.0.0.1:${port ?? (await this.controlPort())}/postgres`;
  }

  async nodePassword(): Promise<string> {
    return (await readFile(join(this.clusterDir, 'credentials', 'superuser.password'), 'utf8')).trim();
  }

  async nodes(): Promise<readonly NodeFolder[]> {
    const names = (await readdir(this.clusterDir).catch(() => [])).filter(name => /^pg-\d+$/.test(name));
    const found: NodeFolder[] = [];
    for (const nodeId of names.sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)))) {
      const directory = join(this.clusterDir, nodeId);
      const text = await readFile(join(directory, 'node.json'), 'utf8').catch(() => undefined); // half made
      if (text === undefined) continue;
      const file = JSON.parse(text) as { readonly postgres: { readonly port: number } };
      found.push({ nodeId, directory, dataDir: join(directory, 'data'), port: file.postgres.port });
    }
    return found;
  }
}
