import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Published protos; `google/rpc/…` are small copies of the well-known error details. */
export type ProtoName =
  'command.proto' | 'control.proto' | 'google/rpc/status.proto' | 'google/rpc/error_details.proto';

/** Folder of the protos: the include directory of a loader. The same in `src` and in `dist` (the build copies files). */
export const protoDirectory: string = join(here, 'proto');

/** Path of one proto. */
export const protoPath = (name: ProtoName): string => join(protoDirectory, name);

/** Path of the GraphQL SDL, the query service's whole surface. */
export const graphqlSchemaPath: string = join(here, 'graphql', 'schema.graphql');

/** Folder of the published JSON Schemas of events and samples. */
export const eventSchemaDirectory: string = join(here, 'events');

/** For a boot check: a package without its contracts cannot serve them. */
export const missingContractFiles = (): readonly string[] =>
  [protoPath('command.proto'), protoPath('control.proto'), graphqlSchemaPath].filter(
    path => !existsSync(path),
  );
