namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>The in-memory store answers at once; a model that runs on the clock's thread takes the answer as it is.</summary>
internal static class Sync
{
    public static T Of<T>(ValueTask<T> call)
    {
        Assert.True(call.IsCompleted, "The store did not answer at once.");
        return call.GetAwaiter().GetResult();
    }

    public static void Do(ValueTask call)
    {
        Assert.True(call.IsCompleted, "The store did not answer at once.");
        call.GetAwaiter().GetResult();
    }
}
