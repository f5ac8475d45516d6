import {
  boolean,
  certificates,
  defaulted,
  identifier,
  integer,
  object,
  secretRef,
} from './building-blocks.schema.js';

/** `spec` of a Platform (domain-reference §2.2); `url.token` is ours. */
export const platformSchema = object(
  {
    ns_id: identifier,
    name: identifier,
    active: boolean(true),
    discovery: defaulted({ interval: integer(1, 604_800, 'seconds between discoveries', 300) }),
    url: object(
      {
        base_url: { type: 'string', format: 'http-url', maxLength: 2_000 },
        tls_ca_bundle: certificates,
        tls_insecure_skip_verify: boolean(false),
        token: secretRef,
      },
      ['base_url'],
    ),
  },
  ['ns_id', 'name', 'url'],
);
