// Prints the first committed records of a topic, whose values are Avro in Confluent's wire format, as lines of JSON.
// Usage: node read.js BOOTSTRAP_SERVERS SCHEMA_REGISTRY TOPIC COUNT

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = require('kafkajs')
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry')
const fzstd = require('fzstd')

const [brokers, registryUrl, topic, count] = process.argv.slice(2)

CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  decompress: async bytes => Buffer.from(fzstd.decompress(bytes)),
})

// kafkajs hands a 64-bit integer over as it is; JSON has base64 for bytes.
const portable = (name, value) => {
  if (typeof value === 'bigint') {
    return Number(value)
  }
  return value && value.type === 'Buffer' ? Buffer.from(value.data).toString('base64') : value
}

async function main() {
  const registry = new SchemaRegistry({ host: registryUrl })
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR })
  const consumer = kafka.consumer({ groupId: `independent-reader-${process.pid}`, readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let left = Number(count)
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, event => reject(event.payload.error))
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        if (left > 0) {
          const value = await registry.decode(message.value)
          const key = message.key === null ? null : message.key.toString()
          console.log(JSON.stringify({ partition, offset: Number(message.offset), key, value }, portable))
          left -= 1
        }
        if (left === 0) {
          resolve()
        }
      },
    })
  })
  await consumer.disconnect()
}

main().catch(error => {
  console.error(error.message)
  process.exit(1)
})
