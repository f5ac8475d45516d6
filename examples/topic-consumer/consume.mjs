// A consumer that is not Replicante's: reads what it publishes on Kafka, in order per cluster, validates each event against
// its published JSON Schema, and prints one line per event. Ctrl-C ends it.
//   node examples/topic-consumer/consume.mjs 127.0.0.1:9092 [topic]
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import kafkajs from 'kafkajs';

const [brokers = '127.0.0.1:9092', topic = 'replicante.cluster'] = process.argv.slice(2);
const folder = new URL('../../libs/contracts/src/events/', import.meta.url);
const ajv = new Ajv2020({ strict: false, validateFormats: false });
for (const name of readdirSync(folder).filter(name => name.endsWith('.schema.json')))
  ajv.addSchema(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));

const newest = new Map();
function verdictOn(event) {
  const seen = newest.get(event.source) ?? -1;
  newest.set(event.source, Math.max(seen, Number(event.revision)));
  if (Number(event.revision) <= seen) return 'repeat';
  const validate = ajv.getSchema(event.dataschema);
  if (!validate) return 'a type of a newer release: skipped';
  return validate(event.data) ? 'valid' : `INVALID: ${ajv.errorsText(validate.errors)}`;
}

const kafka = new kafkajs.Kafka({
  clientId: 'topic-consumer',
  brokers: brokers.split(','),
  logLevel: kafkajs.logLevel.ERROR,
});
const consumer = kafka.consumer({ groupId: `topic-consumer-${process.pid}` });
process.once('SIGINT', () => void consumer.disconnect());
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  eachMessage: async ({ partition, message }) => {
    try {
      const event = JSON.parse(message.value.toString());
      console.log(
        `${partition}/${message.offset} ${event.subject}@${event.revision} ${event.type} ${verdictOn(event)}`,
      );
    } catch (error) {
      console.log(`${partition}/${message.offset} no CloudEvent: ${error.message}`);
    }
  },
});
