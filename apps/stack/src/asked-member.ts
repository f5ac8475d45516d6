import type { AskedService } from '@replicante/app-standalone';
import type { CheckResult } from '@replicante/service';
import type { Member } from './members.js';

const ASK_WITHIN_MS = 3_000;

/** A process of the stack, asked by its own /readyz. One that does not answer is not ready. */
export const askedMember = ({ name, probes }: Pick<Member, 'name' | 'probes'>): AskedService => ({
  name,
  probes: {
    readiness: async () => {
      try {
        const answer = await fetch(`${probes}/readyz`, { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
        return { ready: answer.ok, checks: checksOf(await answer.json()) };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { ready: false, checks: [{ name: 'probe', ok: false, message }] };
      }
    },
  },
});

function checksOf(body: unknown): readonly CheckResult[] {
  if (typeof body !== 'object' || body === null || !('checks' in body) || !Array.isArray(body.checks))
    throw new Error('its /readyz answers something else than a list of checks');
  return body.checks.filter(isCheck);
}

const isCheck = (value: unknown): value is CheckResult =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'ok' in value &&
  typeof value.ok === 'boolean';
