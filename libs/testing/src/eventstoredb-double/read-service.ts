import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { Metadata, status } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { EventLog, LoggedEvent } from './event-log.js';
import { identifierOf, nameOf, recordedEvent } from './messages.js';

type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
type Options = ReadReq.Options;

const { BACKWARDS } = streams.ReadReq.Options.ReadDirection;
/** Events that a filtered subscription looks at before it tells how far it is. */
const SEARCH_WINDOW = 32;

export function readService(
  log: EventLog,
  isReady: () => boolean,
): handleServerStreamingCall<ReadReq, ReadResp> {
  return call => {
    // The client is gone.
    call.on('error', () => undefined);
    const options = call.request.getOptions();
    if (options === undefined) call.emit('error', { code: status.INVALID_ARGUMENT, details: 'no options' });
    else if (!isReady()) call.emit('error', { code: status.UNAVAILABLE, details: 'Server Is Not Ready' });
    else if (options.hasSubscription()) void subscribe(log, call, options);
    else void read(log, call, options);
  };
}

/** Writes with the client's own pace; false when it is gone. */
async function written(call: ReadCall, message: ReadResp): Promise<boolean> {
  if (call.cancelled || call.destroyed) return false;
  if (call.write(message)) return true;
  const gone = new AbortController();
  const leave = () => gone.abort();
  call.once('cancelled', leave);
  call.once('close', leave);
  try {
    await once(call, 'drain', { signal: gone.signal });
    return true;
  } catch {
    // It went away meanwhile: nobody is left to be told.
    return false;
  } finally {
    call.removeListener('cancelled', leave);
    call.removeListener('close', leave);
  }
}

async function read(log: EventLog, call: ReadCall, options: Options): Promise<void> {
  const count = Number(options.getCount());
  const source = options.hasStream() ? streamEvents(log, options) : allEvents(log, options);
  if (source === 'deleted') {
    const metadata = new Metadata();
    metadata.set('exception', 'stream-deleted');
    metadata.set('stream-name', nameOf(options.getStream()?.getStreamIdentifier()));
    call.emit('error', { code: status.FAILED_PRECONDITION, details: 'stream-deleted', metadata });
    return;
  }
  if (source === undefined) {
    const identifier = identifierOf(nameOf(options.getStream()?.getStreamIdentifier()));
    const notFound = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier);
    await written(call, new streams.ReadResp().setStreamNotFound(notFound));
    call.end();
    return;
  }
  const passes = filterOf(options);
  let given = 0;
  for (const event of source) {
    if (given >= count) break;
    if (!passes(event)) continue;
    given += 1;
    if (!(await written(call, recordedEvent(event)))) return;
  }
  call.end();
}

function streamEvents(log: EventLog, options: Options): Iterable<LoggedEvent> | 'deleted' | undefined {
  const stream = options.getStream();
  const events = log.stream(nameOf(stream?.getStreamIdentifier()));
  if (events === 'deleted' || events === undefined) return events;
  const from = Number(stream?.getRevision());
  return options.getReadDirection() === BACKWARDS
    ? events.filter(event => stream?.hasEnd() === true || event.revision <= from).reverse()
    : events.filter(event => stream?.hasStart() === true || event.revision >= from);
}

/** Forwards with the event at the place, backwards without it. */
function* allEvents(log: EventLog, options: Options): Iterable<LoggedEvent> {
  const all = options.getAll();
  const backwards = options.getReadDirection() === BACKWARDS;
  const place = BigInt(all?.getPosition()?.getCommitPosition() ?? 0);
  const begin = all?.hasEnd() ? log.all.length : all?.hasStart() ? 0 : log.indexFrom(place);
  const step = backwards ? -1 : 1;
  for (let index = backwards ? begin - 1 : begin; index >= 0 && index < log.all.length; index += step) {
    const event = log.all[index];
    if (event !== undefined) yield event;
  }
}

function filterOf(options: Options): (event: LoggedEvent) => boolean {
  const filter = options.getFilter();
  const [onStream, onType] = [filter?.getStreamIdentifier(), filter?.getEventType()];
  const expression = onStream ?? onType;
  if (expression === undefined) return () => true;
  const text = (event: LoggedEvent) => (onStream === undefined ? event.type : event.stream);
  const prefixes = expression.getPrefixList();
  if (prefixes.length > 0) return event => prefixes.some(prefix => text(event).startsWith(prefix));
  const regex = new RegExp(expression.getRegex());
  return event => regex.test(text(event));
}

/** Exclusive of the place that it begins at. Tells how far it is after each window, and each time it reaches the end. */
async function subscribe(log: EventLog, call: ReadCall, options: Options): Promise<void> {
  const [stream, all] = [options.getStream(), options.getAll()];
  const name = nameOf(stream?.getStreamIdentifier());
  const from = stream?.hasRevision() ? Number(stream.getRevision()) : -1;
  const place = all?.getPosition()?.getCommitPosition();
  let index =
    all?.hasEnd() || stream?.hasEnd()
      ? log.all.length
      : place === undefined
        ? 0
        : log.indexFrom(BigInt(place));
  if (place !== undefined && log.all[index]?.position === BigInt(place)) index += 1;
  const filtered = filterOf(options);
  const passes = (event: LoggedEvent) =>
    stream === undefined ? filtered(event) : event.stream === name && event.revision > from;
  const window = SEARCH_WINDOW * (options.getFilter()?.getCheckpointintervalmultiplier() ?? 0);

  const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  if (!(await written(call, new streams.ReadResp().setConfirmation(confirmation)))) return;
  let live = false;
  for (let looked = 0; ;) {
    const event = log.all[index];
    if (event === undefined) {
      const caughtUp = new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());
      if (!live && !(await written(call, caughtUp))) return;
      live = true;
      if (!(await appended(log, call))) return;
      continue;
    }
    index += 1;
    looked += 1;
    if (passes(event) && !(await written(call, recordedEvent(event)))) return;
    if (window > 0 && looked % window === 0) {
      const position = String(event.position);
      const checkpoint = new streams.ReadResp.Checkpoint()
        .setCommitPosition(position)
        .setPreparePosition(position);
      if (!(await written(call, new streams.ReadResp().setCheckpoint(checkpoint)))) return;
    }
  }
}

/** False when the client went away first. */
function appended(log: EventLog, call: ReadCall): Promise<boolean> {
  return new Promise(resolve => {
    const done = (more: boolean) => () => {
      log.removeListener('appended', onMore);
      call.removeListener('cancelled', onGone);
      call.removeListener('close', onGone);
      resolve(more);
    };
    const [onMore, onGone] = [done(true), done(false)];
    log.once('appended', onMore);
    call.once('cancelled', onGone);
    call.once('close', onGone);
    if (call.cancelled || call.destroyed) onGone();
  });
}
