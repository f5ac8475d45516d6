// Obtains Kafka and Consul once for this machine (libs/servers), after a build. A missing tool is said and is no failure,
// unless REPLICANTE_REQUIRE_SERVERS is set: the cases that need the server are skipped with that reason.
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { obtainConsul, obtainKafka } = await import(
  pathToFileURL(join(root, 'dist/libs/servers/src/index.js')).href
);
for (const obtain of [obtainKafka, obtainConsul])
  try {
    await obtain(line => console.log(line));
  } catch (error) {
    if (error.name !== 'ServerError') throw error;
    console.log(error.message);
    if (process.env.REPLICANTE_REQUIRE_SERVERS) process.exitCode = 1;
  }
