using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using KinesisClientNet.Producer;

namespace KinesisClientNet.AotApp;

/// <summary>How long it takes from the start of the process to the first stored record.</summary>
internal static class FirstPut
{
    public static async Task<int> RunAsync(Uri endpoint)
    {
        await using var producer = new KinesisProducer(new()
        {
            StreamName = "orders",
            MaxBufferedTime = TimeSpan.Zero,
            Connection = { ServiceUrl = endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials("AKID", "secret") },
        });
        await producer.SendAsync("customer-42", "paid"u8.ToArray());
        using var process = Process.GetCurrentProcess();
        var elapsed = DateTime.Now - process.StartTime;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalMilliseconds:0} ms, {process.TotalProcessorTime.TotalMilliseconds:0} ms CPU"));
        return 0;
    }
}
