// as: libs/read-models/src/fixture.ts
import '@replicante/domain';
import '@replicante/subscriptions';
import 'typeorm';
