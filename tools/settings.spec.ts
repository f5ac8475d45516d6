import { describe, expect, it } from '@jest/globals';
import {
  PORTS_OF,
  PROBE_PORTS,
  SECRET_SETTINGS,
  Settings,
  SETTING_NAMES,
  SETTINGS_OF,
} from '@replicante/service';
import { readFileSync } from 'node:fs';

const SERVICES = ['command', 'projection', 'query', 'scheduler', 'worker'] as const;

describe('what a service is said to read', () => {
  it.each(SERVICES)('is what its code asks for: the ports of %s', service => {
    const code = readFileSync(`apps/${service}/src/start-${service}.ts`, 'utf8');
    const asked = [...code.matchAll(/\bports\(\s*('[\w',\s]*')\s*,?\s*\)/g)].flatMap(([, names = '']) =>
      [...names.matchAll(/'(\w+)'/g)].map(([, name]) => name),
    );
    expect(asked.sort()).toEqual([...PORTS_OF[service]].sort());
  });

  it.each(SERVICES)('is what its code asks for: the database of %s', service => {
    const code = readFileSync(`apps/${service}/src/start-${service}.ts`, 'utf8');
    if (code.includes('requireDatabaseUrl(')) expect(SETTINGS_OF[service]).toContain('DATABASE_URL');
  });
});

describe('docs/deployment.md', () => {
  const page = readFileSync('docs/deployment.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\S+) \| ([^|]+) \| (.*) ?\|$/gm)].map(
    ([, name = '', preset = '', readBy = '', what = '']) => ({ name, preset, readBy, what }),
  );
  const defaults = new Map<string, string | number | boolean | undefined>(Object.entries(new Settings()));
  const presetOf = (name: string): string => {
    const preset = defaults.get(name);
    return preset === undefined ? '–' : `\`${String(preset)}\``;
  };
  const readBy = (name: string): string => {
    const readers = SERVICES.filter(service => (SETTINGS_OF[service] as readonly string[]).includes(name));
    const others = SERVICES.filter(service => !readers.includes(service));
    if (others.length === 0) return 'all';
    return others.length === 1 ? `all but ${others.join()}` : readers.join(', ');
  };

  it('has each setting once, with its default and who reads it', () => {
    expect(rows.map(({ name, preset, readBy: readers }) => ({ name, preset, readBy: readers }))).toEqual(
      SETTING_NAMES.map(name => ({ name, preset: presetOf(name), readBy: readBy(name) })),
    );
  });

  it('says of each secret that it is one, and where probes are by themselves', () => {
    const secrets = rows.filter(({ what }) => what.startsWith('Secret.')).map(({ name }) => name);
    expect(secrets).toEqual([...SECRET_SETTINGS]);
    const probes = rows.find(({ name }) => name === 'PROBE_PORT')?.what ?? '';
    for (const service of SERVICES.filter(name => name !== 'query'))
      expect(probes).toContain(`${PROBE_PORTS[service]} ${service}`);
  });
});
