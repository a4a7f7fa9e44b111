namespace KinesisClientNet.Core.Service.Endpoints;

/// <summary>Where a call goes and which region it is signed for.</summary>
/// <param name="Uri">The address.</param>
/// <param name="SigningRegion">The region of the signature.</param>
internal sealed record KinesisEndpoint(Uri Uri, string SigningRegion)
{
    /// <summary>The Host header as .NET sends it: with the port unless it is the scheme's own.</summary>
    public string Host { get; } = Uri.IsDefaultPort ? HostOf(Uri) : $"{HostOf(Uri)}:{Uri.Port}";

    private static string HostOf(Uri uri) => uri.HostNameType == UriHostNameType.IPv6 ? $"[{uri.IdnHost}]" : uri.IdnHost;
}
