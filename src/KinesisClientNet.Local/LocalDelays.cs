namespace KinesisClientNet.Local;

/// <summary>How long streams and consumers stay in their passing states. Measured on the injected clock; zero changes state inside the call.</summary>
public sealed class LocalDelays
{
    /// <summary>CREATING to ACTIVE of a stream.</summary>
    /// <value>Zero or more; default zero.</value>
    public TimeSpan CreateStream { get; set; }

    /// <summary>DELETING to gone of a stream.</summary>
    /// <value>Zero or more; default zero.</value>
    public TimeSpan DeleteStream { get; set; }

    /// <summary>UPDATING to ACTIVE: split, merge, shard count, mode, retention, encryption. Open shards change at the end of it.</summary>
    /// <value>Zero or more; default zero.</value>
    public TimeSpan UpdateStream { get; set; }

    /// <summary>CREATING to ACTIVE of a consumer.</summary>
    /// <value>Zero or more; default zero.</value>
    public TimeSpan RegisterConsumer { get; set; }

    /// <summary>DELETING to gone of a consumer.</summary>
    /// <value>Zero or more; default zero.</value>
    public TimeSpan DeregisterConsumer { get; set; }

    internal void Validate()
    {
        Check(nameof(CreateStream), CreateStream);
        Check(nameof(DeleteStream), DeleteStream);
        Check(nameof(UpdateStream), UpdateStream);
        Check(nameof(RegisterConsumer), RegisterConsumer);
        Check(nameof(DeregisterConsumer), DeregisterConsumer);

        static void Check(string name, TimeSpan value)
        {
            if (value < TimeSpan.Zero || value > TimeSpan.FromDays(1))
                throw new ArgumentException($"LocalKinesisOptions.Delays.{name} is {value}; it must be between zero and one day.");
        }
    }
}
