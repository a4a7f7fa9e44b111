'use strict';
// Drives a Kinesis with AWS's JavaScript SDK through the life of a stream: create, put, list, get, split, subscribe, delete.
// usage: node drive-kinesis.cjs <endpoint>; prints what it saw as one JSON object.
const kinesis = require('@aws-sdk/client-kinesis');

async function main([endpoint]) {
  const client = new kinesis.KinesisClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const call = (name, input) => client.send(new kinesis[`${name}Command`](input));
  const StreamName = 'driven';
  const seen = {};

  await call('CreateStream', { StreamName, ShardCount: 1 });
  await kinesis.waitUntilStreamExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StreamName });
  const put = await call('PutRecord', { StreamName, PartitionKey: 'a', Data: Buffer.from('one') });
  const puts = await call('PutRecords', {
    StreamName, Records: [{ PartitionKey: 'b', Data: Buffer.from('two') }, { PartitionKey: 'ü', Data: Buffer.from([0, 255]) }],
  });
  seen.failed = puts.FailedRecordCount;
  const { Shards } = await call('ListShards', { StreamName });
  seen.shards = Shards.map((shard) => shard.ShardId);
  const { ShardIterator } = await call('GetShardIterator', { StreamName, ShardId: put.ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const page = await call('GetRecords', { ShardIterator });
  seen.got = page.Records.map((record) => `${record.PartitionKey}=${Buffer.from(record.Data).toString('hex')}`);

  const summary = await call('DescribeStreamSummary', { StreamName });
  const StreamARN = summary.StreamDescriptionSummary.StreamARN;
  const { Consumer } = await call('RegisterStreamConsumer', { StreamARN, ConsumerName: 'reader' });
  await call('SplitShard', { StreamName, ShardToSplit: put.ShardId, NewStartingHashKey: (1n << 127n).toString() });
  const subscription = await call('SubscribeToShard', {
    ConsumerARN: Consumer.ConsumerARN, ShardId: put.ShardId, StartingPosition: { Type: 'TRIM_HORIZON' },
  });
  seen.subscribed = [];
  seen.children = [];
  for await (const { SubscribeToShardEvent: event } of subscription.EventStream) {
    if (!event) continue;
    seen.subscribed.push(...event.Records.map((record) => Buffer.from(record.Data).toString('hex')));
    seen.children.push(...(event.ChildShards ?? []).map((child) => child.ShardId));
  }

  try {
    await call('PutRecord', { StreamName: 'nowhere', PartitionKey: 'a', Data: Buffer.from('x') });
  } catch (error) {
    seen.error = { name: error.name, status: error.$metadata.httpStatusCode, hasRequestId: Boolean(error.$metadata.requestId) };
  }

  await call('DeleteStream', { StreamName, EnforceConsumerDeletion: true });
  console.log(JSON.stringify(seen));
  client.destroy();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
