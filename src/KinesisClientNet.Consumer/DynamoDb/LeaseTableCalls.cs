using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>
/// The item calls of a lease store: each within the time limit, because no call may hang (a lease that is not renewed in time is lost: KCL 2.1.3, #518), each with
/// its capacity counted.
/// </summary>
internal sealed class LeaseTableCalls(IAmazonDynamoDB client, string table, TimeSpan limit, TimeProvider time) : IDisposable
{
    private readonly CapacityMeter _meter = new(table);

    public async Task<GetItemResponse> GetAsync(GetItemRequest request, CancellationToken cancellationToken)
    {
        request.ReturnConsumedCapacity = _meter.Wanted;
        var response = await LimitedAsync(token => client.GetItemAsync(request, token), cancellationToken).ConfigureAwait(false);
        _meter.Count("get_item", false, response.ConsumedCapacity);
        return response;
    }

    public async Task<ScanResponse> ScanAsync(ScanRequest request, CancellationToken cancellationToken)
    {
        request.ReturnConsumedCapacity = _meter.Wanted;
        var response = await LimitedAsync(token => client.ScanAsync(request, token), cancellationToken).ConfigureAwait(false);
        _meter.Count("scan", false, response.ConsumedCapacity);
        return response;
    }

    public async Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        request.ReturnConsumedCapacity = _meter.Wanted;
        var response = await LimitedAsync(token => client.QueryAsync(request, token), cancellationToken).ConfigureAwait(false);
        _meter.Count("query", false, response.ConsumedCapacity);
        return response;
    }

    public Task<PutItemResponse> PutAsync(PutItemRequest request, CancellationToken cancellationToken)
    {
        request.ReturnConsumedCapacity = _meter.Wanted;
        return WriteAsync("put_item", token => client.PutItemAsync(request, token), static response => response.ConsumedCapacity, cancellationToken);
    }

    public Task<UpdateItemResponse> UpdateAsync(UpdateItemRequest request, CancellationToken cancellationToken)
    {
        request.ReturnConsumedCapacity = _meter.Wanted;
        return WriteAsync("update_item", token => client.UpdateItemAsync(request, token), static response => response.ConsumedCapacity, cancellationToken);
    }

    public Task<DeleteItemResponse> DeleteAsync(DeleteItemRequest request, CancellationToken cancellationToken)
    {
        request.ReturnConsumedCapacity = _meter.Wanted;
        return WriteAsync("delete_item", token => client.DeleteItemAsync(request, token), static response => response.ConsumedCapacity, cancellationToken);
    }

    public void Dispose() => _meter.Dispose();

    private async Task<T> WriteAsync<T>(string operation, Func<CancellationToken, Task<T>> call, Func<T, ConsumedCapacity?> used, CancellationToken cancellationToken)
    {
        try
        {
            var response = await LimitedAsync(call, cancellationToken).ConfigureAwait(false);
            _meter.Count(operation, true, used(response));
            return response;
        }
        catch (ConditionalCheckFailedException)
        {
            _meter.CountRefusal(operation);
            throw;
        }
    }

    private async Task<T> LimitedAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var limited = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        try
        {
            return await call(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limited.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"DynamoDB did not answer within {limit} (Leases.Table.{nameof(LeaseTableOptions.RequestTimeout)}) for lease table '{table}'; it may still have applied the request.");
        }
    }
}
