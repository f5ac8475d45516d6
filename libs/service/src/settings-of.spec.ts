import { describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from './service-name.js';
import { SECRET_SETTINGS, SETTING_NAMES } from './settings-kinds.js';
import { SETTINGS_OF, settingsOf } from './settings-of.js';

const full = {
  eventStore: 'eventstoredb',
  eventBus: 'kafka',
  taskQueue: 'kafka',
  coordinator: 'consul',
} as const;
const secretsOf = (service: (typeof SERVICE_NAMES)[number]) =>
  SECRET_SETTINGS.filter(name => settingsOf(service, full).includes(name));

describe('the settings of a service', () => {
  it('leave none that no service reads', () => {
    const apart = SERVICE_NAMES.filter(name => name !== 'standalone').flatMap(name => SETTINGS_OF[name]);
    expect(SETTING_NAMES.filter(name => !apart.includes(name))).toEqual([]);
  });

  it('keep the databases from workers, who speak to strangers', () => {
    expect(secretsOf('worker')).toEqual(['KAFKA_SASL_PASSWORD', 'CONSUL_HTTP_TOKEN', 'CONTROL_TOKEN']);
  });

  it('give the token of control.v1 to command and its workers only', () => {
    const apart = SERVICE_NAMES.filter(name => name !== 'standalone');
    expect(apart.filter(name => secretsOf(name).includes('CONTROL_TOKEN'))).toEqual(['command', 'worker']);
  });

  it('follow the adapters that were chosen', () => {
    const embedded = {
      eventStore: 'postgres',
      eventBus: 'postgres',
      taskQueue: 'postgres',
      coordinator: 'postgres',
    } as const;
    const names = settingsOf('worker', embedded);
    expect(names).toContain('DATABASE_URL');
    expect(names.filter(name => /KAFKA|CONSUL|EVENTSTOREDB/.test(name))).toEqual([]);
    expect(names).toContain('QUEUE_PARTITIONS');
  });
});
