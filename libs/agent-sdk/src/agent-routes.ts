import type { AgentActionExecution, AgentActionSummary } from '@replicante/agent-protocol';
import { errorChain, errorDocument, HEADERS, REFUSED_AS_FENCED } from '@replicante/agent-protocol';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ActionIntake } from './action-intake.js';
import { readAttemptHeaders, readScheduleRequest } from './action-request.js';
import type { ActionStore } from './action-store.js';
import { AgentError, agentErrorCode, STATUS_OF } from './agent-error.js';
import type { AgentLog } from './agent-log.js';
import type { AgentSource } from './agent-source.js';
import type { GuardOptions } from './request-guard.js';
import { guardRequest } from './request-guard.js';

export interface RoutesOptions {
  readonly source: AgentSource;
  readonly actions: ActionStore;
  readonly intake: ActionIntake;
  readonly guard: GuardOptions;
  /** False on a non-loopback address without mTLS. */
  readonly actionsAllowed: boolean;
  readonly maxBodyBytes: number;
  readonly onScheduled: () => void;
  readonly signal: AbortSignal;
  readonly log: AgentLog;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const PREFIX = '/api/unstable/';
const ACTION = /^action\/([0-9A-Fa-f-]{1,64})$/;

const summary = ({ id, kind, state }: AgentActionExecution): AgentActionSummary => ({
  id,
  kind,
  phase: state.phase,
});

/** The routes of §5.1. Never rejects: every failure is an answer. */
export async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: RoutesOptions,
): Promise<void> {
  const { answer, body } = await answerTo(request, options)
    .then(rendered)
    .catch((error: unknown) => rendered(errorAnswer(error, options.log)));
  // A body that was not read to its end would be taken for the next request of the connection.
  const close = request.complete ? {} : { connection: 'close' };
  response
    .writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...close,
      ...answer.headers,
    })
    .end(body);
}

const rendered = (answer: Answer): { readonly answer: Answer; readonly body: string } => ({
  answer,
  body: answer.body === undefined ? '' : JSON.stringify(answer.body),
});

async function answerTo(request: IncomingMessage, options: RoutesOptions): Promise<Answer> {
  guardRequest(request, options.guard);
  const path = (request.url ?? '').split('?')[0] ?? '';
  const route = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : undefined;
  if (request.method === 'GET' && route !== undefined) return read(route, options);
  if (request.method === 'POST' && route === 'action') return schedule(request, options);
  return { status: 404 };
}

async function read(route: string, { source, actions, signal }: RoutesOptions): Promise<Answer> {
  switch (route) {
    case 'info/node':
      return { status: 200, body: await source.nodeInfo(signal) };
    case 'info/store':
      return { status: 200, body: await source.storeInfo(signal) };
    case 'info/shards':
      return { status: 200, body: await source.shardsInfo(signal) };
    case 'actions/queue':
      return { status: 200, body: { actions: actions.queue().map(summary) } };
    case 'actions/finished':
      return { status: 200, body: { actions: actions.finished().map(summary) } };
    default: {
      const id = ACTION.exec(route)?.[1];
      const action = id === undefined ? undefined : actions.get(id.toLowerCase());
      return action ? { status: 200, body: action } : { status: 404 };
    }
  }
}

async function schedule(request: IncomingMessage, options: RoutesOptions): Promise<Answer> {
  if (!options.actionsAllowed)
    throw new AgentError('ACTIONS_NEED_MTLS', 'actions beyond this machine need mutual TLS: configure it');
  const attempt = readAttemptHeaders(request.headers);
  const scheduled = await options.intake.schedule(
    readScheduleRequest(await readJson(request, options.maxBodyBytes)),
    attempt,
  );
  options.onScheduled();
  return { status: 200, body: scheduled };
}

async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new AgentError('REQUEST_TOO_LARGE', `the body is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (error) {
    throw new AgentError('INVALID_REQUEST', 'the body is not JSON', { cause: error });
  }
}

function errorAnswer(error: unknown, log: AgentLog): Answer {
  const code = agentErrorCode(error) ?? 'INTERNAL';
  const [message, ...causes] = errorChain(error);
  if (code === 'INTERNAL') log.error('a request failed', { error_msg: message });
  return {
    status: STATUS_OF[code],
    body: errorDocument([`${code}: ${message}`, ...causes]),
    ...(code === 'FENCED' ? { headers: { [HEADERS.refusal]: REFUSED_AS_FENCED } } : {}),
  };
}
