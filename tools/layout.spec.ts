import { describe, expect, it } from '@jest/globals';
import type { SourceTree } from './layout.mjs';
import { violations } from './layout.mjs';

const readme = { path: 'libs/kernel/README.md', text: '# kernel\n' };
const kernel = { name: 'kernel', root: 'libs/kernel', kind: 'kernel' };
const treeWith = (
  files: SourceTree['files'],
  projects: SourceTree['projects'] = [kernel],
): Parameters<typeof violations>[0] => ({ files: [readme, ...files], projects });
const file = (path: string, text = ''): SourceTree['files'][number] => ({ path, text });

describe('the layout', () => {
  it('finds nothing in a tidy tree', () => {
    expect(violations(treeWith([file('libs/kernel/src/base-backup.ts', 'export const a = 1;\n')]))).toEqual(
      [],
    );
  });

  it.each([
    ['a folder that is no project', file('libs/extra/src/index.ts'), 'libs/extra: no project'],
    [
      'an adapter folder that is no project',
      file('libs/event-bus/kafka/src/a.ts'),
      'libs/event-bus/kafka: no project',
    ],
    ['an app that is no project', file('apps/extra/src/main.ts'), 'apps/extra: no project'],
    ['a file above 400 lines', file('libs/kernel/src/long.ts', 'x;\n'.repeat(401)), '401 lines'],
    ['a file name that says nothing', file('libs/kernel/src/string-utils.ts'), 'a name that says nothing'],
    ['a folder name that says nothing', file('libs/kernel/src/common/clock.ts'), 'a name that says nothing'],
    ['a bare base', file('libs/kernel/src/base.ts'), 'a name that says nothing'],
    [
      'a class name that says nothing',
      file('libs/kernel/src/a.ts', 'export class LeaseManager {}'),
      'LeaseManager',
    ],
    ['a file not in kebab-case', file('libs/kernel/src/LeaseClaim.ts'), 'not kebab-case'],
    [
      'a path of one machine',
      file('docs/run.md', `cd ${['', 'work', 'main'].join('/')}`),
      'a path of one machine',
    ],
    [
      'a home of one machine',
      file('libs/kernel/src/a.ts', `'${['', 'root'].join('/')}/.x'`),
      'a path of one machine',
    ],
    ['unfinished work', file('libs/kernel/src/a.ts', `// ${'TO'}DO: later`), 'do it, or open an issue'],
    [
      'a private registry',
      file('package-lock.json', '"resolved": "https://mirror.example/x.tgz"'),
      'package-lock.json: resolved',
    ],
  ])('refuses %s', (_what, wrong, says) => {
    expect(violations(treeWith([wrong])).join('\n')).toContain(says);
  });

  it('refuses a project without README, and one with a long README', () => {
    expect(violations({ files: [], projects: [kernel] })).toEqual([
      'libs/kernel/README.md: missing; say what the project owes and what it may import',
    ]);
    expect(violations({ files: [file(readme.path, 'x\n'.repeat(31))], projects: [kernel] })).toEqual([
      'libs/kernel/README.md: longer than 30 lines',
    ]);
  });

  it("refuses an adapter that does not run its port's suite", () => {
    const adapter = { name: 'event-bus-memory', root: 'libs/event-bus/memory', kind: 'adapter' };
    const itsReadme = file('libs/event-bus/memory/README.md', '# memory\n');
    const suite = file('libs/event-bus/memory/src/memory-event-bus.contract.spec.ts');
    expect(violations({ files: [itsReadme], projects: [adapter] }).join('\n')).toContain('suite');
    expect(violations({ files: [itsReadme, suite], projects: [adapter] })).toEqual([]);
  });
});
