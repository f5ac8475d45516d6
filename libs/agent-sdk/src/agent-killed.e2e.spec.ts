import { AgentConnections } from '@replicante/agent-protocol';
import { freePort } from '@replicante/processes';
import type { TestProcess } from '@replicante/testing';
import { eventually, startProcess } from '@replicante/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where `npm run build` puts its files. */
const dist = process.env['REPLICANTE_DIST'] ?? fileURLToPath(new URL('../../../dist', import.meta.url));

/** An agent of the built SDK whose one action notes each effect in a file, under the step that its payload names. */
const program = `
import { appendFileSync } from 'node:fs';
import { startAgent, jsonLinesLog } from ${JSON.stringify(join(dist, 'libs/agent-sdk/src/index.js'))};
const [stateDir, port, effects] = process.argv.slice(1);
const fail = async () => { throw new Error('no store'); };
await startAgent({
  stateDir, clusterId: 'c1', listen: { port: Number(port) }, intervalMs: 1,
  log: jsonLinesLog(line => process.stdout.write(line)),
  source: { nodeInfo: fail, storeInfo: fail, shardsInfo: fail },
  handlers: [{
    kind: 'test.example.com/steps',
    invoke: async action => {
      const step = (action.payload?.step ?? 0) + 1;
      appendFileSync(effects, action.id + ' ' + step + '\\n');
      return { phase: step === 5 ? 'DONE' : 'RUNNING', payload: { update: { step } } };
    },
  }],
});
`;

let folder = '';
let running: TestProcess | undefined;
let connections: AgentConnections;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replicante-agent-'));
  connections = new AgentConnections({ callTimeoutMs: 3000 });
});
afterEach(async () => {
  await connections.close();
  await running?.kill();
  await rm(folder, { recursive: true, force: true });
});

describe('an agent killed with kill -9 again and again', () => {
  it('loses no acknowledged action, makes one action per attempt, repeats at most the step it died in', async () => {
    const port = await freePort();
    const effects = join(folder, 'effects');
    const start = () =>
      startProcess({
        command: process.execPath,
        args: ['--input-type=module', '-e', program, join(folder, 'state'), String(port), effects],
        ready: /agent listens/,
      });
    running = await start();
    const client = connections.client({ address: `http://127.0.0.1:${port}` });
    const kills = 8;
    const acknowledged: { readonly attempt: string; readonly id: string }[] = [];
    let done = false;

    const posting = (async () => {
      while (!done) {
        const attempt = randomUUID();
        // The id is the agent's: only its memory of the attempt keeps a repeat from being a second action.
        await eventually(
          async () => {
            const token = acknowledged.length + 1;
            const answer = await client.scheduleAction(
              { kind: 'test.example.com/steps' },
              { attemptId: attempt, fence: { epoch: 1, token } },
            );
            if (answer.kind === 'ok') acknowledged.push({ attempt, id: answer.value.id });
            return answer.kind === 'ok' || (answer.kind === 'refused' && answer.status === 429);
          },
          { within: 20_000, every: 5 },
        );
      }
    })();
    for (let kill = 1; kill <= kills; kill += 1) {
      const before = acknowledged.length;
      await eventually(() => acknowledged.length > before + kill, { within: 20_000, every: 1 });
      await running.kill();
      running = await start();
    }
    done = true;
    await posting;

    const fenced = await client.scheduleAction(
      { kind: 'test.example.com/steps' },
      { fence: { epoch: 0, token: 1 } },
    );
    expect(fenced).toMatchObject({ kind: 'refused', fenced: true });
    const finished = await eventually(
      async () => {
        const [queue, list] = [await client.actionsQueue(), await client.actionsFinished()];
        return (
          queue.kind === 'ok' && queue.value.actions.length === 0 && list.kind === 'ok' && list.value.actions
        );
      },
      { within: 30_000 },
    );
    expect(finished.every(action => action.phase === 'DONE')).toBe(true);
    expect(finished.map(action => action.id).sort()).toEqual(acknowledged.map(({ id }) => id).sort());
    expect(new Set(acknowledged.map(({ id }) => id)).size).toBe(acknowledged.length);

    const lines = (await readFile(effects, 'utf8')).trimEnd().split('\n');
    for (const { id } of acknowledged) {
      const steps = lines.filter(line => line.startsWith(id)).map(line => Number(line.split(' ')[1]));
      expect([...new Set(steps)]).toEqual([1, 2, 3, 4, 5]);
    }
    expect(lines.length - acknowledged.length * 5).toBeLessThanOrEqual(kills);
  });
});
