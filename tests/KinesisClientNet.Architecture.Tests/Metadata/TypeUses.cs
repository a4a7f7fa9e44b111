using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace KinesisClientNet.Architecture.Tests.Metadata;

/// <summary>Reads from an assembly which type names which: what a using directive promises, the metadata shows.</summary>
internal sealed class TypeUses
{
    private readonly MetadataReader _metadata;
    private readonly PEReader _image;
    private readonly SignatureTypes _signatures;
    private readonly HashSet<TypeUse> _uses = [];
    private TypeName _user;

    private TypeUses(PEReader image)
    {
        _image = image;
        _metadata = image.GetMetadataReader();
        _signatures = new SignatureTypes(Add);
    }

    public static IReadOnlySet<TypeUse> Read(string assemblyPath)
    {
        using var image = new PEReader(File.OpenRead(assemblyPath));
        var reader = new TypeUses(image);
        reader.ReadTypes();
        return reader._uses;
    }

    private void ReadTypes()
    {
        foreach (var handle in _metadata.TypeDefinitions)
        {
            _user = _signatures.Outermost(_metadata, handle);
            var type = _metadata.GetTypeDefinition(handle);
            Visit(type.BaseType);
            foreach (var implemented in type.GetInterfaceImplementations())
                Visit(_metadata.GetInterfaceImplementation(implemented).Interface);
            foreach (var parameter in type.GetGenericParameters())
                VisitConstraints(parameter);
            VisitAttributes(type.GetCustomAttributes());
            foreach (var field in type.GetFields())
                _metadata.GetFieldDefinition(field).DecodeSignature(_signatures, null);
            foreach (var method in type.GetMethods())
                ReadMethod(_metadata.GetMethodDefinition(method));
        }
    }

    private void ReadMethod(MethodDefinition method)
    {
        method.DecodeSignature(_signatures, null);
        VisitAttributes(method.GetCustomAttributes());
        foreach (var parameter in method.GetGenericParameters())
            VisitConstraints(parameter);
        if (method.RelativeVirtualAddress == 0)
            return;
        var body = _image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
            _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_signatures, null);
        foreach (var region in body.ExceptionRegions)
            Visit(region.CatchType);
        foreach (var token in IntermediateLanguage.Tokens(body.GetILContent()))
            Visit(token);
    }

    private void VisitConstraints(GenericParameterHandle parameter)
    {
        foreach (var constraint in _metadata.GetGenericParameter(parameter).GetConstraints())
            Visit(_metadata.GetGenericParameterConstraint(constraint).Type);
    }

    private void VisitAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes)
            Visit(_metadata.GetCustomAttribute(attribute).Constructor);
    }

    private void Visit(EntityHandle handle)
    {
        if (handle.IsNil)
            return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Add(_signatures.Outermost(_metadata, (TypeDefinitionHandle)handle));
                break;
            case HandleKind.TypeReference:
                Add(_signatures.Outermost(_metadata, (TypeReferenceHandle)handle));
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_signatures, null);
                break;
            case HandleKind.MethodDefinition:
                Visit(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Visit(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                VisitMember(_metadata.GetMemberReference((MemberReferenceHandle)handle));
                break;
            case HandleKind.MethodSpecification:
                var specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                specification.DecodeSignature(_signatures, null);
                Visit(specification.Method);
                break;
        }
    }

    private void VisitMember(MemberReference member)
    {
        Visit(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Method)
            member.DecodeMethodSignature(_signatures, null);
        else
            member.DecodeFieldSignature(_signatures, null);
    }

    private void Add(TypeName used)
    {
        if (used != _user)
            _uses.Add(new(_user, used));
    }
}
