import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AdapterOf, SecretSettingName, SettingName } from '@replicante/service';
import {
  PROBE_PATHS,
  SECRET_SETTINGS,
  SETTING_NAMES,
  ConfigurationError,
  readConfiguration,
  secretFileSetting,
  settingsOf,
} from '@replicante/service';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const SERVICES = ['command', 'projection', 'query', 'scheduler', 'worker'] as const;
type Service = (typeof SERVICES)[number];
type Environment = Readonly<Record<string, string>>;

interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
  readonly deploy: { readonly replicas?: number; readonly resources: { readonly limits: object } };
  readonly healthcheck: { readonly test: readonly string[] };
}
interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}
interface Values {
  readonly settings: Environment;
  readonly secrets: { readonly keys: Environment };
  readonly terminationGracePeriodSeconds: number;
  readonly pauseBeforeStopSeconds: number;
  readonly services: Readonly<
    Record<
      Service,
      {
        readonly replicas: number;
        readonly settings?: Environment;
        readonly secrets: readonly SecretSettingName[];
        readonly ports?: Readonly<Record<string, number>>;
        readonly probePort?: number;
        readonly resources: object;
      }
    >
  >;
}

function missing(what: string): never {
  throw new Error(`${what} is missing`);
}
const read = (path: string): string => readFileSync(join('deploy', path), 'utf8');
const compose = parse(read('compose.yaml'), { merge: true }) as Compose;
const chart = 'helm/replicante';
const values = parse(read(`${chart}/values.yaml`)) as Values;
const template = read(`${chart}/templates/services.tpl`);

/** Of the right form; files of a deployment never hold one. */
const SAMPLES: Readonly<Record<SecretSettingName, string>> = {
  DATABASE_URL: 'postgres://replicante:sample@postgres:5432/replicante',
  EVENTSTOREDB_URL: 'esdb://admin:sample@eventstoredb:2113?tls=false',
  KAFKA_SASL_PASSWORD: 'sample',
  CONSUL_HTTP_TOKEN: 'sample',
  CONTROL_TOKEN: 'a-sample-of-sixteen-or-more',
};
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'replicante-deploy-'));
  for (const name of SECRET_SETTINGS) writeFileSync(join(folder, name), SAMPLES[name]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As the service would say it at its boot, its secrets had. */
function faults(service: Service, environment: Environment): readonly string[] {
  const had = SECRET_SETTINGS.filter(name => secretFileSetting(name) in environment);
  const files = had.map(name => [secretFileSetting(name), join(folder, name)] as const);
  try {
    readConfiguration({ environment: { ...environment, ...Object.fromEntries(files) } }, service);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

const fileSettings = SECRET_SETTINGS.map(secretFileSetting) as readonly string[];
const isSetting = (name: string): boolean =>
  (SETTING_NAMES as readonly string[]).includes(name) || fileSettings.includes(name);
const settingOf = (name: string): SettingName => name.replace(/_FILE$/, '') as SettingName;
const chosenBy = (environment: Environment): AdapterOf =>
  ({
    eventStore: environment['EVENT_STORE'],
    eventBus: environment['EVENT_BUS'],
    taskQueue: environment['TASK_QUEUE'],
    coordinator: environment['COORDINATOR'],
  }) as AdapterOf;

function composeEnvironment(service: Service): Environment {
  const written = Object.entries(compose.services[service]?.environment ?? {});
  return Object.fromEntries(written.map(([name, value]) => [name, String(value)]));
}
/** What a pod gets: the chart's template fixes some, values the rest. */
function chartEnvironment(service: Service): Environment {
  const { settings, secrets, probePort } = values.services[service];
  const had = secrets.filter(name => name in values.secrets.keys);
  return {
    INSTANCE_NAME: `release-${service}-0`,
    ...(service === 'worker' ? { COMMAND_ADDRESS: 'release-command:16017' } : {}),
    ...(probePort === undefined ? { PROBE_HOST: '0.0.0.0', PROBE_PORT: chartProbePort } : {}),
    ...values.settings,
    ...settings,
    ...Object.fromEntries(had.map(name => [name, SAMPLES[name]])),
  };
}
const chartProbePort = /probePort \| default (\d+)/.exec(template)?.[1] ?? '';
/** `query` serves its probes on its HTTP port. */
const probePortOf = (service: Service, environment: Environment): string | undefined =>
  service === 'query' ? environment['HTTP_PORT'] : environment['PROBE_PORT'];
const entryOf = (service: string): string => `dist/apps/${service}/src/main.js`;
const sourceOf = (entry: string): string => entry.replace(/^dist\//, '').replace(/\.js$/, '.ts');

describe.each([
  ['compose', composeEnvironment],
  ['the chart', chartEnvironment],
])('what %s gives to a service', (_name, environmentOf) => {
  it.each(SERVICES)('%s boots with: every variable a setting, none refused, none missing', service => {
    const environment = environmentOf(service);
    expect(Object.keys(environment).filter(name => !isSetting(name))).toEqual([]);
    expect(faults(service, environment)).toEqual([]);
  });

  it.each(SERVICES)('%s reads: no secret beyond', service => {
    const environment = environmentOf(service);
    const reads = settingsOf(service, chosenBy(environment));
    const secrets = Object.keys(environment).filter(name =>
      (SECRET_SETTINGS as readonly string[]).includes(settingOf(name)),
    );
    expect(secrets.filter(name => !reads.includes(settingOf(name)))).toEqual([]);
  });

  it('is noticed when it is no setting, refused, or missing', () => {
    const environment = environmentOf('worker');
    expect(isSetting('KAFKA_REPLICATION')).toBe(false);
    expect(faults('worker', { ...environment, QUEUE_PARTITIONS: '0' })).toHaveLength(1);
    expect(faults('worker', { ...environment, KAFKA_BROKERS: '' })).toHaveLength(1);
  });
});

describe('compose', () => {
  it.each(SERVICES)('starts %s from its own entry, twice at least, and asks it where it answers', service => {
    const { command, deploy, healthcheck } = compose.services[service] ?? missing(service);
    expect(command).toEqual([entryOf(service)]);
    expect(existsSync(sourceOf(entryOf(service)))).toBe(true);
    expect(deploy.replicas).toBeGreaterThanOrEqual(2);
    const asked = /http:\/\/127\.0\.0\.1:(\d+)(\/\w+)/.exec(healthcheck.test.join(' '));
    expect(PROBE_PATHS).toContain(asked?.[2]);
    expect(asked?.[1]).toBe(probePortOf(service, composeEnvironment(service)));
  });

  it.each(SERVICES)('mounts the secrets of %s, and lets it stop in order', service => {
    const { secrets = [], stop_grace_period: grace = '' } = compose.services[service] ?? missing(service);
    const environment = composeEnvironment(service);
    const named = Object.entries(environment).filter(([name]) => fileSettings.includes(name));
    expect(named.map(([, path]) => path).sort()).toEqual(secrets.map(name => `/run/secrets/${name}`).sort());
    expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining([...secrets]));
    expect(Number.parseInt(grace, 10) * 1000).toBeGreaterThan(Number(environment['SHUTDOWN_WITHIN_MS']));
  });

  it('limits every container, and serves nothing beyond this machine', () => {
    for (const { deploy, ports = [] } of Object.values(compose.services)) {
      expect(Object.keys(deploy.resources.limits).sort()).toEqual(['cpus', 'memory']);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('keeps the files of its secrets out of the repository and of the image', () => {
    const kept = Object.values(compose.secrets).map(({ file }) => file.split('/')[1]);
    expect(new Set(kept)).toEqual(new Set(['secrets']));
    expect(read('.gitignore').split('\n')).toContain('secrets/');
    expect(read('Dockerfile.dockerignore').split('\n')).toContain('deploy/secrets');
  });
});

describe('the chart', () => {
  it.each(SERVICES)('wires ports and probes of %s as the service serves them', service => {
    const { ports = {}, probePort, replicas, resources } = values.services[service];
    const environment = chartEnvironment(service);
    expect(ports['grpc']?.toString()).toBe(environment['GRPC_PORT']);
    expect(ports['http']?.toString()).toBe(environment['HTTP_PORT']);
    expect(String(probePort ?? chartProbePort)).toBe(probePortOf(service, environment));
    expect(replicas).toBeGreaterThanOrEqual(2);
    expect(Object.keys(resources).sort()).toEqual(['limits', 'requests']);
    expect(existsSync(sourceOf(entryOf(service)))).toBe(true);
  });

  it('asks liveness and readiness at their paths, and starts the entry of the service', () => {
    const asked = [...template.matchAll(/(\w+)Probe: \{ httpGet: \{ path: (\/\w+),/g)];
    expect(asked.map(([, probe, path]) => [probe, path])).toEqual([
      ['startup', '/livez'],
      ['liveness', '/livez'],
      ['readiness', '/readyz'],
    ]);
    for (const [, , path] of asked) expect(PROBE_PATHS).toContain(path);
    expect(template).toContain(`args: [${entryOf('{{ $service }}')}]`);
  });

  it('writes no variable of its own that is no setting, and opens the probe port that it sets', () => {
    const own = [...template.matchAll(/- name: ([A-Z_]+)$/gm)].map(([, name]) => name ?? '');
    expect(own).toEqual(['INSTANCE_NAME', 'COMMAND_ADDRESS', 'PROBE_HOST', 'PROBE_PORT']);
    expect(own.filter(name => !isSetting(name))).toEqual([]);
    expect(read(`${chart}/templates/network-policy.tpl`)).toContain(`ports: [{ port: ${chartProbePort} }]`);
  });

  it.each(SERVICES)('boots %s also where Kafka and Consul ask who it is', service => {
    const guarded = ['KAFKA_SASL_PASSWORD', 'CONSUL_HTTP_TOKEN'] as const;
    const had = guarded.filter(name => values.services[service].secrets.includes(name));
    const environment = {
      ...chartEnvironment(service),
      KAFKA_SSL: 'true',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'replicante',
      ...Object.fromEntries(had.map(name => [name, SAMPLES[name]])),
    };
    expect(faults(service, environment)).toEqual([]);
  });

  it('has every secret by reference, of a service that reads it, and lets a pod stop in order', () => {
    const keys = Object.keys(values.secrets.keys);
    const listed = SERVICES.flatMap(service => [...values.services[service].secrets]);
    expect(listed.filter(name => !SECRET_SETTINGS.includes(name))).toEqual([]);
    expect(keys.filter(name => !(listed as readonly string[]).includes(name))).toEqual([]);
    const plain = [values.settings, ...SERVICES.map(service => values.services[service].settings ?? {})];
    const secret = SECRET_SETTINGS as readonly string[];
    expect(plain.flatMap(settings => Object.keys(settings)).filter(name => secret.includes(name))).toEqual(
      [],
    );
    const withinMs = Number(values.settings['SHUTDOWN_WITHIN_MS']);
    const pauseMs = values.pauseBeforeStopSeconds * 1000;
    expect(values.terminationGracePeriodSeconds * 1000).toBeGreaterThan(withinMs + pauseMs);
  });
});

describe('the image', () => {
  const dockerfile = read('Dockerfile');

  it('starts an entry that exists, as nobody in particular', () => {
    const entry = /^CMD \["(.*)"\]$/m.exec(dockerfile)?.[1] ?? '';
    expect(existsSync(sourceOf(entry))).toBe(true);
    expect(/^USER (\w+)$/m.exec(dockerfile)?.[1]).toBe('node');
  });

  it('sets nothing that a service would take for a setting, and has the Node that the package asks for', () => {
    const set = [...dockerfile.matchAll(/^(?:ENV|ARG) (\w+)/gm)].map(([, name]) => name);
    expect(set).toEqual(['NODE_ENV']);
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    const wanted = /\d+/.exec(engines.node)?.[0];
    for (const [, major] of dockerfile.matchAll(/^FROM node:(\d+)/gm)) expect(major).toBe(wanted);
  });
});
