import { randomBytes } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, runToEnd } from '@replicante/processes';
import { Kafka, logLevel } from 'kafkajs';
import { obtained, type Say } from './obtained.js';
import { ServerError } from './server-error.js';
import { startServer, type StartedServer } from './server-process.js';
import { needs, recipe } from './tools.js';

const JAVA = 17;

async function javaIsNewEnough(): Promise<void> {
  const said = await needs('java', ['-version'], `Kafka needs Java ${JAVA}`);
  const major = Number(/version "(\d+)/.exec(said)?.[1]);
  if (!(major >= JAVA))
    throw new ServerError(
      'SERVER_NOT_AVAILABLE',
      `Kafka needs Java ${JAVA}; this is ${said.split('\n', 1)[0]}`,
    );
}

/** The folder of Kafka's jars, obtained on the first call of a machine. */
export const obtainKafka = async (say: Say = () => undefined): Promise<string> => {
  await javaIsNewEnough();
  const pom = recipe('kafka/pom.xml');
  return obtained(
    {
      name: 'kafka-4.3.0',
      files: [pom],
      check: async () => {
        await needs('mvn', ['-version'], 'Kafka is obtained by Maven');
      },
      make: async directory => {
        const where = [`-DoutputDirectory=${directory}`, '-DincludeScope=runtime', `-f`, pom];
        await runToEnd({
          command: 'mvn',
          args: ['-q', '-B', 'dependency:copy-dependencies', ...where],
          timeoutMs: 600_000,
        });
      },
    },
    say,
  );
};

export interface KafkaOptions {
  /** Made if missing; holds data, configuration and log. */
  readonly directory: string;
  readonly port?: number;
  /** Where clients are told that it listens, when a proxy stands before it; default `port`. */
  readonly advertisedPort?: number;
  /** Heap in MiB; default 512. */
  readonly heapMb?: number;
}

interface Listeners {
  readonly port: number;
  readonly advertisedPort: number;
  readonly controllerPort: number;
}

const properties = (directory: string, { port, advertisedPort, controllerPort }: Listeners): string =>
  [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${advertisedPort}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    `log.dirs=${join(directory, 'data')}`,
    'num.partitions=1',
    'offsets.topic.num.partitions=4',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=2',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    // A group of one process has nobody to wait for.
    'group.initial.rebalance.delay.ms=0',
    // Topics are made as asked for at boot: one that springs up by itself has the wrong number of partitions.
    'auto.create.topics.enable=false',
    '',
  ].join('\n');

async function brokerAnswers(address: string): Promise<boolean> {
  const kafka = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 1_000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } finally {
    await admin.disconnect();
  }
}

/** One KRaft node on the loopback; about four seconds, 330 MB. */
export async function startKafka(options: KafkaOptions): Promise<StartedServer> {
  const jars = await obtainKafka();
  const { directory } = options;
  const [free = 0, controllerPort = 0] = await freePorts(2);
  const port = options.port ?? free;
  await mkdir(directory, { recursive: true });
  const configuration = join(directory, 'server.properties');
  const classpath = ['-cp', join(jars, '*')];
  const formatted = await access(join(directory, 'data', 'meta.properties')).then(
    () => true,
    () => false,
  );
  const { advertisedPort = port } = options;
  await writeFile(configuration, properties(directory, { port, advertisedPort, controllerPort }));
  if (!formatted) {
    // Hexadecimal digits are base64url too, and none of them looks like the beginning of another option.
    const id = randomBytes(16).toString('hex').slice(0, 22);
    await runToEnd({
      command: 'java',
      args: [...classpath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', configuration],
    });
  }
  const address = `127.0.0.1:${port}`;
  return startServer({
    name: 'Kafka',
    command: 'java',
    args: [`-Xmx${options.heapMb ?? 512}m`, '-XX:+UseSerialGC', ...classpath, 'kafka.Kafka', configuration],
    cwd: directory,
    logFile: join(directory, 'kafka.log'),
    address,
    ready: () => brokerAnswers(address),
    readyWithinMs: 60_000,
  });
}
