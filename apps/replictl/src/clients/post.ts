import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Posted {
  readonly status: number;
  readonly body: string;
}

/**
 * One POST of JSON. Not `fetch`: that refuses many ports unasked (`bad port`), and hides why nobody answers.
 * Refuses with the error of the socket, or with the signal's.
 */
export function postJson(url: URL, value: unknown, signal: AbortSignal): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(
      url,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        signal,
      },
      response => {
        text(response).then(body => resolve({ status: response.statusCode ?? 0, body }), reject);
      },
    );
    request.once('error', reject);
    request.end(JSON.stringify(value));
  });
}
