/* Every document that replictl sends; queries.spec.ts holds each against the SDL. */

const HEADER = `nsId clusterId mark active specRevision evaluated
  lastCycle { cycleId completedAt ageSeconds mode observer leaseHolder staleAfterSeconds specRevision evaluated }
  convergence { converged observedSpecRevision waitsFor }`;
const READ_MODEL = `status { readModel { state lag message } }`;
const NODE = `nodeId status unknownStatus presence quarantine error observer observedAt ageSeconds group agentAddress
  addresses { client member other } storeVersion
  shards(first: 50) { nodes { shardId role otherRole lag { value unit } fresh } }`;
const PAGE = `pageInfo { hasNextPage endCursor }`;
const ACTION_LINE = `nsId clusterId actionId scope nodeId kind phase finished createdAt finishedAt`;
const UNFINISHED = `actions(first: 200, filter: { finished: false }) { nodes { ${ACTION_LINE} } ${PAGE} }`;
const EVENT = `id type code time revision position actor commandId correlationId causationId data`;
const DECISION = `id rule ruleVersion subject outcome reason message settled specRevision waitsOn
  facts { name value observer ageMsThen } alternatives { option reason }
  causedEvents { id type revision } cycleId revision decidedAt lastEvaluatedAt lastEvaluatedAgeSeconds latest
  flapping { reasons changes since }`;

export const DOCUMENTS = {
  namespaces: `query ($after: String) {
    page: namespaces(first: 200, after: $after) { nodes { id status } ${PAGE} } }`,
  namespace: `query ($name: ID!) { object: namespace(id: $name) { document } }`,
  platforms: `query ($ns: ID!, $after: String) {
    page: platforms(nsId: $ns, first: 200, after: $after) {
      nodes { nsId name active deleted interval failing { kind since } suspect { since } } ${PAGE} } }`,
  platform: `query ($ns: ID!, $name: ID!) {
    object: platform(nsId: $ns, name: $name) {
      document deleted failing { kind error since } suspect { shownBefore missing { clusterId nodeId } since accepted }
      view { clusters { clusterId nodes { nodeId } } rejectedClusterIds idempotencyKeys changedAt } } }`,
  clusters: `query ($ns: ID!, $after: String) {
    page: clusters(nsId: $ns, first: 200, after: $after) {
      nodes { nsId clusterId mark active evaluated convergence { converged } counts { nodes healthy } } ${PAGE} } }`,
  headers: `query ($after: String) {
    page: clusters(first: 200, after: $after) { nodes { ${HEADER} } ${PAGE} } }`,
  cluster: `query ($ns: ID!, $name: ID!) {
    object: cluster(nsId: $ns, clusterId: $name) { spec mark specRevision revision } }`,
  discovery: `query ($ns: ID!, $name: ID!) {
    object: cluster(nsId: $ns, clusterId: $name) {
      discovery { platform { nsId name } changedAt nodes { nodeId nodeGroup agentAddress nodeClass } } } }`,
  report: `query ($ns: ID!, $name: ID!) {
    object: cluster(nsId: $ns, clusterId: $name) {
      report { mode startTime recordedAt notes { category message data } } } }`,
  nodes: `query ($ns: ID!, $cluster: ID, $after: String) {
    page: nodes(nsId: $ns, clusterId: $cluster, first: 200, after: $after) {
      nodes { nsId clusterId ${NODE} } ${PAGE} } }`,
  node: `query ($ns: ID!, $cluster: ID!, $name: ID!) {
    object: node(nsId: $ns, clusterId: $cluster, nodeId: $name) {
      nsId clusterId ${NODE} class agentVersion storeId attributes volatileAttributes changedAt
      absences absentSince storeExtras { attributes fresh changedAt } } }`,
  actions: `query ($ns: ID!, $cluster: ID, $filter: ActionFilter, $after: String) {
    page: actions(nsId: $ns, clusterId: $cluster, filter: $filter, first: 200, after: $after) {
      nodes { ${ACTION_LINE} } ${PAGE} } }`,
  action: `query ($ns: ID!, $cluster: ID!, $name: ID!) {
    object: action(nsId: $ns, clusterId: $cluster, actionId: $name) {
      ${ACTION_LINE} args error payload metadata origin { rule subject } timeoutSeconds scheduledAt
      attempt { attemptId number notAfter startedAt outcome error nodeIds late } revision updatedAt } }`,
  topology: `query ($ns: ID!, $name: ID!, $at: AtPosition) {
    cluster(nsId: $ns, clusterId: $name, at: $at) {
      ${HEADER} spec counts { nodes healthy primaries secondaries }
      nodes(first: 200) { nodes { ${NODE} } ${PAGE} }
      ${UNFINISHED} }
    ${READ_MODEL} }`,
  header: `query ($ns: ID!, $name: ID!, $at: AtPosition) {
    cluster(nsId: $ns, clusterId: $name, at: $at) { ${HEADER} } ${READ_MODEL} }`,
  explain: `query ($ns: ID!, $name: ID!, $filter: DecisionFilter, $after: String) {
    cluster(nsId: $ns, clusterId: $name) {
      ${HEADER} nodes(first: 200) { nodes { nodeId status unknownStatus ageSeconds } ${PAGE} }
      ${UNFINISHED} }
    page: decisions(nsId: $ns, clusterId: $name, filter: $filter, first: 100, after: $after) {
      nodes { ${DECISION} } ${PAGE} }
    ${READ_MODEL} }`,
  explainHistory: `query ($ns: ID!, $name: ID!, $filter: DecisionFilter, $first: Int!) {
    cluster(nsId: $ns, clusterId: $name) {
      ${HEADER} nodes(first: 200) { nodes { nodeId status unknownStatus ageSeconds } ${PAGE} }
      ${UNFINISHED} }
    page: decisionHistory(nsId: $ns, clusterId: $name, filter: $filter, first: $first) {
      nodes { ${DECISION} } ${PAGE} }
    ${READ_MODEL} }`,
  decidedRules: `query ($ns: ID!, $name: ID!, $after: String) {
    page: decisions(nsId: $ns, clusterId: $name, first: 200, after: $after) {
      nodes { rule subject } ${PAGE} } }`,
  event: `query ($id: ID!) { event(id: $id) { ${EVENT} } }`,
  events: `query ($ns: ID!, $name: ID!, $first: Int!) {
    page: events(filter: { nsId: $ns, clusterId: $name }, newestFirst: true, first: $first) {
      nodes { ${EVENT} } ${PAGE} } }`,
  follow: `subscription ($ns: ID!, $name: ID!, $after: Int) {
    clusterEvents(nsId: $ns, clusterId: $name, afterRevision: $after) { ${EVENT} } }`,
  status: `query { status {
    head readModel { name state position head lag message updatedAt deadLetters }
    subscriptions { name state position head lag message updatedAt deadLetters }
    leases { key holder holderName epoch token } members { sessionId service name attributes }
    queue { depth running oldestReadyAgeMs deadLetters ended { executed superseded expired abandoned deadLettered } } } }`,
} as const;

export type DocumentName = keyof typeof DOCUMENTS;
