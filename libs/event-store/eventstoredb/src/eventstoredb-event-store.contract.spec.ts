import { eventStoreContract } from '@replicante/event-store-contract';
import { doubleHarness } from './double.fixture.js';
import { realServerHarness } from './real-server.fixture.js';

const url = process.env['EVENTSTOREDB_URL'] ?? '';
let given = false;

eventStoreContract(url === '' ? 'eventstoredb (double)' : 'eventstoredb', async () => {
  // The suite's second store only has to be another one.
  if (url === '' || given) return doubleHarness();
  given = true;
  return realServerHarness(url);
});
