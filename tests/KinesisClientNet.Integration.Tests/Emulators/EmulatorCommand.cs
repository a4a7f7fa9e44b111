namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>How a server is started.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Script">The server's script.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="PortLabels">The labels given as ports; the server is ready when it listens on all of them.</param>
/// <param name="Environment">Additional environment.</param>
internal sealed record EmulatorCommand(
    string Name, string Script, IReadOnlyList<string> Arguments, IReadOnlyList<int> PortLabels, IReadOnlyDictionary<string, string>? Environment = null);
