'use strict';
// Reads a whole stream with AWS's JavaScript SDK and takes its records apart with aws-kinesis-agg, both written by others.
// usage: node read-aggregated.cjs <endpoint> <access key id> <stream>; prints one JSON line a user record.
const { KinesisClient, ListShardsCommand, GetShardIteratorCommand, GetRecordsCommand } = require('@aws-sdk/client-kinesis');
const { NodeHttpHandler } = require('@smithy/node-http-handler');
const { deaggregateSync } = require('aws-kinesis-agg');

async function main([endpoint, accessKeyId, stream]) {
  const client = new KinesisClient({
    endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'secret' }, requestHandler: new NodeHttpHandler(),
  });
  const { Shards } = await client.send(new ListShardsCommand({ StreamName: stream }));
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    for (;;) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 100 }));
      for (const record of page.Records) print(ShardId, record);
      ShardIterator = page.NextShardIterator;
      if (!ShardIterator || (page.Records.length === 0 && page.MillisBehindLatest === 0)) break;
    }
  }

  client.destroy();
}

function print(shard, record) {
  const plain = { ...record, Data: Buffer.from(record.Data).toString('base64') };
  deaggregateSync(plain, true, (error, users) => {
    if (error) throw error;
    for (const user of users) {
      console.log(JSON.stringify({
        shard, sequence: user.SequenceNumber, sub: user.SubSequenceNumber ?? 0, key: user.PartitionKey, data: user.Data,
        aggregated: users.length > 1 || user.SubSequenceNumber !== undefined,
      }));
    }
  });
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
