using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace KinesisClientNet.Architecture.Tests.Metadata;

/// <summary>Reads from an assembly which type calls which method of one other type.</summary>
internal static class MemberCalls
{
    /// <summary>All calls of a type's methods.</summary>
    /// <param name="assemblyPath">The calling assembly.</param>
    /// <param name="callee">The type whose methods are called, of the same assembly or another.</param>
    public static IEnumerable<(TypeName Caller, string Method)> Of(string assemblyPath, TypeName callee)
    {
        using var image = new PEReader(File.OpenRead(assemblyPath));
        var metadata = image.GetMetadataReader();
        var names = new SignatureTypes(static _ => { });
        var calls = new HashSet<(TypeName, string)>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var caller = names.Outermost(metadata, handle);
            foreach (var method in metadata.GetTypeDefinition(handle).GetMethods().Select(metadata.GetMethodDefinition).Where(method => method.RelativeVirtualAddress != 0))
            {
                foreach (var token in IntermediateLanguage.Tokens(image.GetMethodBody(method.RelativeVirtualAddress).GetILContent()))
                {
                    if (Called(metadata, names, token) is var (type, name) && type == callee)
                        calls.Add((caller, name));
                }
            }
        }

        return calls;
    }

    private static (TypeName Type, string Method)? Called(MetadataReader metadata, SignatureTypes names, EntityHandle token)
    {
        if (token.Kind == HandleKind.MethodDefinition)
        {
            var method = metadata.GetMethodDefinition((MethodDefinitionHandle)token);
            return (names.Outermost(metadata, method.GetDeclaringType()), metadata.GetString(method.Name));
        }

        if (token.Kind != HandleKind.MemberReference)
            return null;
        var member = metadata.GetMemberReference((MemberReferenceHandle)token);
        return member.Parent.Kind == HandleKind.TypeReference
            ? (names.Outermost(metadata, (TypeReferenceHandle)member.Parent), metadata.GetString(member.Name))
            : null;
    }
}
