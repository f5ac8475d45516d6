import { IDENTIFIER } from '@replicante/kernel';

interface Format {
  readonly fits: (text: string) => boolean;
  /** Completes "must be …". */
  readonly is: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  // Credentials in a URL would enter an event, and events are for ever (safety.md §13).
  return (
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.hash === '' &&
    url.search === ''
  );
}

/** Formats of the manifest schemas, each with the words that mend a value that does not fit. */
export const FORMATS = {
  identifier: {
    fits: text => IDENTIFIER.test(text),
    is: '1 to 128 characters of letters, digits, `.`, `_` and `-`',
  },
  uuid: { fits: text => UUID.test(text), is: 'a UUID, like 0b8e1d7c-6a54-4f5e-9a1c-6f0b7f9f6f10' },
  'http-url': {
    fits: isPlainHttpUrl,
    is: 'an http:// or https:// URL without user, password, query or fragment (a token goes into `token`)',
  },
  'action-kind': {
    fits: text => /^[^\s/]+\/\S+$/.test(text),
    is: 'written <domain>/<name>, like agent.replicante.io/cluster.init',
  },
  certificates: {
    fits: text => /-----BEGIN CERTIFICATE-----[^]*-----END CERTIFICATE-----/.test(text),
    is: 'one or more PEM certificates (-----BEGIN CERTIFICATE----- …)',
  },
  'absolute-path': { fits: text => /^\/[^\0]*$/.test(text), is: 'an absolute path, beginning with /' },
  'environment-name': {
    fits: text => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text),
    is: 'the name of an environment variable (letters, digits and _), not the secret itself',
  },
  'sort-key': {
    fits: text => /^[+-]?[^+-]/.test(text),
    is: 'an attribute name, with - before it to sort descending',
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
