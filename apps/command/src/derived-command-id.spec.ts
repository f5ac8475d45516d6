import { describe, expect, it } from '@jest/globals';
import { commandTimeMs } from '@replicante/command-handling';
import { derivedCommandId } from './derived-command-id.js';

const PARENT = '01976a3e-5c00-7abc-8def-0123456789ab';

describe('the id of a command that another one causes', () => {
  it('is a UUIDv7 of its parent’s time', () => {
    const derived = derivedCommandId(PARENT, 'a');
    expect(commandTimeMs(derived)).toBe(commandTimeMs(PARENT));
    expect(derived).not.toBe(PARENT);
  });

  it('is the same for the same cause and name, and another for any other', () => {
    expect(derivedCommandId(PARENT, 'a')).toBe(derivedCommandId(PARENT, 'a'));
    expect(derivedCommandId(PARENT, 'a')).not.toBe(derivedCommandId(PARENT, 'b'));
    expect(derivedCommandId(PARENT, 'a')).not.toBe(derivedCommandId(PARENT.replace('abc', 'abd'), 'a'));
  });
});
