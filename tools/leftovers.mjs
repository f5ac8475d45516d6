// What a run left behind: processes that carry its mark in their environment, or work below one of its folders (a
// PostgreSQL overwrites its environment with its title, and its working directory is its data directory).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A process that ended meanwhile, or belongs to somebody else, is none of ours. */
function seen(read) {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(error.code)) return '';
    throw error;
  }
}

function fromProc() {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => ({
      pid: Number(pid),
      command: seen(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
        .replaceAll('\0', ' ')
        .trim(),
      folder: seen(() => readlinkSync(`/proc/${pid}/cwd`)),
      environment: `\0${seen(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))}`,
    }))
    .filter(({ command }) => command !== '');
}

/** macOS shows neither folder nor environment: there the command line has to name the folder. */
function fromPs() {
  return execFileSync('ps', ['-A', '-o', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .map(line => /^\s*(\d+) (.*)$/.exec(line))
    .filter(match => match !== null)
    .map(([, pid, command]) => ({ pid: Number(pid), command, folder: '', environment: '' }));
}

const below = (path, folder) => path === folder || path.startsWith(`${folder}/`);

/** `mark`: an environment entry, `NAME=value`, if there is one. `folders`: absolute paths. */
export function leftovers({ mark, folders }) {
  const real = folders.map(folder => realpathSync(folder));
  return (process.platform === 'linux' ? fromProc() : fromPs()).filter(
    found =>
      found.pid !== process.pid &&
      ((mark !== undefined && found.environment.includes(`\0${mark}\0`)) ||
        real.some(folder => below(found.folder, folder) || found.command.includes(`${folder}/`))),
  );
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

async function goneWithin(ms, where) {
  const until = performance.now() + ms;
  while (leftovers(where).length > 0) {
    if (performance.now() > until) return false;
    await pause(100);
  }
  return true;
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Ends what is still there after a grace for those about to end; answers what had to be ended, as lines. */
export async function endLeftovers(where, { graceMs = 5000 } = {}) {
  if (await goneWithin(graceMs, where)) return [];
  const found = leftovers(where);
  for (const { pid } of found) signal(pid, 'SIGTERM');
  if (!(await goneWithin(5000, where))) for (const { pid } of leftovers(where)) signal(pid, 'SIGKILL');
  await goneWithin(5000, where);
  return found.map(({ pid, command }) => `${pid} ${command.slice(0, 160)}`);
}

// `node tools/leftovers.mjs FOLDER`: ends what still works below the folder; fails when there was any.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const left = await endLeftovers({ folders: process.argv.slice(2) });
  if (left.length > 0) console.log(`Left running, ended now:\n  ${left.join('\n  ')}`);
  process.exitCode = left.length > 0 ? 1 : 0;
}
