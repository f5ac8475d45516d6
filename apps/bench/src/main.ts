import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BENCHMARKS } from './benchmarks.js';
import { writeSections } from './measuring/document.js';
import { machine } from './measuring/machine.js';
import { line, section } from './measuring/report.js';

const DOCUMENT = join(dirname(fileURLToPath(import.meta.url)), '../../../../docs/benchmarks.md');

const words = process.argv.slice(2);
const full = words.includes('--full');
const output = words.find(word => word.startsWith('--output='))?.slice('--output='.length) ?? DOCUMENT;
const asked = words.filter(word => !word.startsWith('--'));
const names = BENCHMARKS.map(benchmark => benchmark.name);
const unknown = asked.filter(name => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  process.exit(2);
}

const say = (text: string): void => console.log(text);
const ranOn = `${new Date().toISOString().slice(0, 16)}Z on ${machine()}`;
const failures: string[] = [];
for (const benchmark of BENCHMARKS.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  const began = performance.now();
  say(`${benchmark.name} …`);
  try {
    const outcome = await benchmark.run({ full, say: text => say(`    ${text}`) });
    if (outcome.caveat !== undefined) say(`  ${outcome.caveat}`);
    for (const measure of outcome.measures) say(line(measure, outcome.caveat));
    // Written at once: a benchmark that fails later must not cost the figures of this one.
    await writeSections(output, names, new Map([[benchmark.name, section(benchmark, outcome, ranOn)]]));
  } catch (error) {
    failures.push(benchmark.name);
    console.error(error);
  }
  say(`  took ${Math.round((performance.now() - began) / 1000)} s`);
}
if (failures.length > 0) console.error(`failed: ${failures.join(', ')}`);
process.exit(failures.length > 0 ? 1 : 0);
