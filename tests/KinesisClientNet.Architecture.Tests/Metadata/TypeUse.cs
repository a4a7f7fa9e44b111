namespace KinesisClientNet.Architecture.Tests.Metadata;

/// <summary>One type names another: in a base, a signature, an attribute or a method body.</summary>
/// <param name="User">The outermost type that names.</param>
/// <param name="Used">The outermost type that is named.</param>
internal readonly record struct TypeUse(TypeName User, TypeName Used)
{
    public override string ToString() => $"{User} uses {Used}";
}

/// <summary>A type's namespace and name.</summary>
internal readonly record struct TypeName(string Namespace, string Name)
{
    /// <summary>True for the namespace itself and everything below it.</summary>
    public bool IsIn(string ns) => Namespace == ns || Namespace.StartsWith(ns + ".", StringComparison.Ordinal);

    public override string ToString() => $"{Namespace}.{Name}";
}
