import { readFileSync } from 'node:fs';
import { YAMLParseError, parse } from 'yaml';
import type { ServiceOptions } from './service-options.js';
import type { SettingName } from './settings.js';
import type { SecretSettingName } from './settings-kinds.js';
import {
  SECRET_SETTINGS,
  SETTING_NAMES,
  isSettingName,
  secretFileSetting,
  typedSetting,
} from './settings-kinds.js';

/** What was found, not yet validated. */
export interface FoundSettings {
  readonly values: Readonly<Partial<Record<SettingName, unknown>>>;
  /** Secrets that were given and could not be had: told already, so that nobody calls them missing as well. */
  readonly unreadable: ReadonlySet<SettingName>;
  /** Where secrets were read from, by their settings. */
  readonly secretFiles: ReadonlyMap<SecretSettingName, string>;
  readonly faults: readonly string[];
}

type Written = Readonly<Record<string, unknown>>;

const MAX_SECRET_BYTES = 64 * 1024;

/**
 * The environment over the YAML file that REPLICANTE_CONFIG names. Each secret may stand in either as a file's path,
 * `<NAME>_FILE`; both forms in one place are a fault, since nobody could say which counts. Faults name places, never
 * contents.
 */
export function findSettings(environment: ServiceOptions['environment']): FoundSettings {
  const faults: string[] = [];
  const unreadable = new Set<SettingName>();
  const secretFiles = new Map<SecretSettingName, string>();
  const layer = (written: Written, place: string): Partial<Record<SettingName, unknown>> => ({
    ...plain(written),
    ...secretsFromFiles(written, place, { faults, unreadable, secretFiles }),
  });
  const path = environment['REPLICANTE_CONFIG'];
  const file = isGiven(path) ? layer(readYaml(path, faults), `REPLICANTE_CONFIG: ${path}: `) : {};
  return { values: { ...file, ...layer(environment, '') }, unreadable, secretFiles, faults };
}

/** Set and empty counts as not set. */
const isGiven = <T>(value: T): value is NonNullable<T> =>
  value !== undefined && value !== null && value !== '';

const plain = (written: Written): Partial<Record<SettingName, unknown>> =>
  Object.fromEntries(
    SETTING_NAMES.filter(name => isGiven(written[name])).map(name => [
      name,
      typedSetting(name, written[name]),
    ]),
  );

function secretsFromFiles(
  written: Written,
  place: string,
  told: {
    readonly faults: string[];
    readonly unreadable: Set<SettingName>;
    readonly secretFiles: Map<SecretSettingName, string>;
  },
): Partial<Record<SettingName, unknown>> {
  const found: Partial<Record<SecretSettingName, string>> = {};
  for (const name of SECRET_SETTINGS) {
    const setting = secretFileSetting(name);
    const path = written[setting];
    if (!isGiven(path)) continue;
    const read =
      typeof path !== 'string'
        ? { fault: 'must be the path of a file' }
        : isGiven(written[name])
          ? { fault: `and ${name} are both given: give one of them` }
          : readSecret(path);
    if (typeof path === 'string') told.secretFiles.set(name, path);
    if ('value' in read) found[name] = read.value;
    else {
      told.unreadable.add(name);
      told.faults.push(`${place}${setting} ${read.fault}`);
    }
  }
  return found;
}

function readSecret(path: string): { readonly value: string } | { readonly fault: string } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { fault: `is ${path}, which cannot be read: ${codeOf(error)}` };
  }
  if (text.length > MAX_SECRET_BYTES) return { fault: `is ${path}, which is too large for a secret` };
  const value = text.trim();
  return value === '' ? { fault: `is ${path}, which is empty` } : { value };
}

function readYaml(path: string, faults: string[]): Written {
  let document: unknown;
  try {
    document = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    faults.push(`REPLICANTE_CONFIG: ${path} cannot be read: ${codeOf(error)}`);
    return {};
  }
  if (document === null || document === undefined) return {};
  if (typeof document !== 'object' || Array.isArray(document)) {
    faults.push(`REPLICANTE_CONFIG: ${path} must be a map of settings, such as LOG_LEVEL: debug`);
    return {};
  }
  const files: readonly string[] = SECRET_SETTINGS.map(secretFileSetting);
  for (const name of Object.keys(document))
    if (!isSettingName(name) && !files.includes(name))
      faults.push(`REPLICANTE_CONFIG: ${path} has the unknown setting '${name}'`);
  return document as Written;
}

/** Never the message of a parser: it quotes the line, which may hold a secret. */
function codeOf(error: unknown): string {
  const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'not understood';
  return line === undefined ? code : `${code} in line ${line}`;
}
