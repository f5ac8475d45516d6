import type { ErrorCode } from '@replicante/kernel';
import { ERROR_CATALOGUE } from '@replicante/kernel';

const EXITS: Readonly<Record<number, string>> = {
  0: 'Done.',
  1: 'Unexpected: a defect, here or on the other side.',
  2: 'The input is wrong; the same again will fail again.',
  3: 'Not evaluated, or not yet: what is shown is the past, or the time ran out.',
  4: 'Refused by the state of things.',
  5: 'Not found.',
  6: 'Unavailable; try again. The same command id is safe to repeat.',
};

const codes = Object.keys(ERROR_CATALOGUE) as readonly ErrorCode[];

/** docs/errors.md, whole: the catalogue as people read it. */
export const errorPage = (): string => `# Errors

Written from \`libs/kernel/src/error-codes.ts\` (\`UPDATE_GOLDEN=1\` with the specs of \`libs/contracts\`); do not edit.

Every error has a stable code. gRPC carries it in \`google.rpc.ErrorInfo.reason\` (domain \`replicante.io\`) of the status
details, with every field violation in \`google.rpc.BadRequest\`; GraphQL in \`extensions.code\` and
\`extensions.violations\`; \`replictl\` prints \`CODE: message\`, then each violation, on standard error.

| Code | gRPC status | Exit code | What it means |
|---|---|---|---|
${codes
  .map(code => ({ code, ...ERROR_CATALOGUE[code] }))
  .map(
    ({ code, grpc, exit, means }) => `| \`${code}\` | ${grpc} | ${exit} | ${means.replaceAll('|', '\\|')} |`,
  )
  .join('\n')}

## Exit codes of \`replictl\`

| Exit code | When |
|---|---|
${Object.entries(EXITS)
  .map(([exit, when]) => `| ${exit} | ${when} |`)
  .join('\n')}
`;
