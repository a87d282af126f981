// Looks at a run from outside, with clients that share no code with it: topics and records by kafkajs, dashboards by
// Prometheus' own HTTP interface, checkpoints by their bytes.
// Usage: node check.js BOOTSTRAP_SERVER SCHEMA_REGISTRY PROMETHEUS FOLDER_OF_CHECKPOINTS

const assert = require('assert')
const fs = require('fs')
const path = require('path')
const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = require('kafkajs')
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry')
const fzstd = require('fzstd')

const [bootstrapServer, registryUrl, prometheus, folder] = process.argv.slice(2)
// As in tiny.yaml: 80 batches of 4 rows of 128 tokens.
const BATCHES = 80
const TOKENS = 40960
const PARTITIONS = { tokens: 4, logits: 4, 'logits-dead-letters': 4, 'held-out': 1 }
const SETTINGS = {
  'min.insync.replicas': '2',
  'compression.type': 'zstd',
  'retention.ms': '-1',
  'max.message.bytes': '16777216',
  'cleanup.policy': 'delete',
}

CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  decompress: async bytes => Buffer.from(fzstd.decompress(bytes)),
})
const kafka = new Kafka({ brokers: [bootstrapServer], logLevel: logLevel.ERROR })

async function checkTopics() {
  const admin = kafka.admin()
  await admin.connect()
  assert.strictEqual((await admin.describeCluster()).brokers.length, 3, 'brokers')
  const { topics } = await admin.fetchTopicMetadata({ topics: Object.keys(PARTITIONS) })
  for (const { name, partitions } of topics) {
    assert.strictEqual(partitions.length, PARTITIONS[name], `partitions of ${name}`)
    partitions.forEach(partition => assert.strictEqual(partition.replicas.length, 3, `replicas of ${name}`))
  }
  const resources = Object.keys(PARTITIONS).map(name => ({ type: ConfigResourceTypes.TOPIC, name }))
  for (const { resourceName, configEntries } of (await admin.describeConfigs({ resources })).resources) {
    const actual = Object.fromEntries(configEntries.map(entry => [entry.configName, entry.configValue]))
    for (const [setting, expected] of Object.entries(SETTINGS)) {
      assert.strictEqual(actual[setting], expected, `${setting} of ${resourceName}`)
    }
  }
  await admin.disconnect()
}

// All committed records of a topic up to its end markers.
async function read(topic) {
  const consumer = kafka.consumer({ groupId: `check-${topic}`, readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const records = []
  let ends = 0
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${topic}: no end after ${records.length} records`)), 60000).unref()
    consumer.on(consumer.events.CRASH, event => reject(event.payload.error))
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        records.push({ partition, key: message.key.toString(), value: message.value })
        ends += message.key.toString().endsWith('/end') ? 1 : 0
        if (ends === PARTITIONS[topic]) {
          resolve()
        }
      },
    })
  })
  await consumer.disconnect()
  return records.filter(record => !record.key.endsWith('/end'))
}

async function checkRecords() {
  const registry = new SchemaRegistry({ host: registryUrl })
  const [tokens, logits] = [await read('tokens'), await read('logits')]
  const places = records => records.map(({ partition, key }) => `${partition} ${key}`).sort()
  assert.strictEqual(new Set(places(tokens)).size, BATCHES, 'batches in tokens')
  assert.deepStrictEqual(places(logits), places(tokens), 'each batch once, in the same partition')
  const published = new Map(tokens.map(record => [record.key, record.value]))
  let predicted = 0
  for (const { key, value } of logits) {
    const enriched = await registry.decode(value)
    const batch = await registry.decode(published.get(key))
    assert.ok(enriched.batch.tokens.equals(batch.tokens), `tokens of ${key}`)
    assert.strictEqual(enriched.teacher.id, 'java-4m')
    assert.ok(enriched.payload.length > 0, `logits of ${key}`)
    predicted += batch.rows * (batch.length - 1)
  }
  assert.strictEqual(predicted, TOKENS, 'predicted tokens')
}

function checkCheckpoint(student) {
  const bytes = fs.readFileSync(path.join(folder, `${student}.safetensors`))
  const headerBytes = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString())
  const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__')
  assert.ok(tensors.length > 10, `tensors of ${student}`)
  for (const [name, { dtype, data_offsets: [from, to] }] of tensors) {
    assert.strictEqual(dtype, 'F32', name)
    const values = bytes.subarray(8 + headerBytes + from, 8 + headerBytes + to)
    let energy = 0
    for (let i = 0; i < values.length; i += 4) {
      energy += values.readFloatLE(i) ** 2
    }
    assert.ok(Number.isFinite(energy) && energy > 0, `values of ${name} of ${student}`)
  }
}

const get = async route => {
  const response = await fetch(prometheus + route)
  assert.strictEqual(response.status, 200, route)
  return (await response.json()).data
}

// Metrics that only a served teacher has; the teacher of this run is in the process.
const ofServedTeacher = /logitstream_teacher_(in_flight|text_|server_)/

// Every panel has shown something during the run, but those of a served teacher, whose queries are valid.
async function checkDashboards() {
  const end = Date.now() / 1000
  const dashboards = path.join(__dirname, '../grafana/dashboards')
  for (const file of fs.readdirSync(dashboards)) {
    const { panels } = JSON.parse(fs.readFileSync(path.join(dashboards, file)))
    for (const { title, targets } of panels.filter(panel => panel.type !== 'row')) {
      const found = await Promise.all(targets.map(({ expr }) =>
        get(`/api/v1/query_range?query=${encodeURIComponent(expr)}&start=${end - 900}&end=${end}&step=5`)))
      const served = targets.every(({ expr }) => ofServedTeacher.test(expr))
      assert.ok(served || found.some(({ result }) => result.length > 0), `panel "${title}" of ${file} is empty`)
    }
  }
  const { groups } = await get('/api/v1/rules')
  const rules = groups.flatMap(group => group.rules)
  assert.ok(rules.length > 0, 'alerts')
  rules.forEach(rule => assert.strictEqual(rule.health, 'ok', `alert ${rule.name}: ${rule.lastError}`))
}

async function main() {
  await checkTopics()
  await checkRecords()
  for (const student of ['pd', 'lm']) {
    checkCheckpoint(student)
  }
  await checkDashboards()
  console.log(`check: topics, ${BATCHES} batches once each, checkpoints and dashboards are as they should be`)
}

main().then(() => process.exit(0), error => {
  console.error(`check: ${error.message}`)
  process.exit(1)
})
