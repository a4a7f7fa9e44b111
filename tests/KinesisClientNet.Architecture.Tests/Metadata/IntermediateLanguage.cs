using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace KinesisClientNet.Architecture.Tests.Metadata;

/// <summary>Finds the metadata tokens in a method body.</summary>
internal static class IntermediateLanguage
{
    private const byte TwoByteMark = 0xFE;

    private static readonly Dictionary<ushort, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (ushort)code.Value, code => code.OperandType);

    public static IEnumerable<EntityHandle> Tokens(ImmutableArray<byte> body)
    {
        var position = 0;
        while (position < body.Length)
        {
            ushort code = body[position++];
            if (code == TwoByteMark)
                code = (ushort)((TwoByteMark << 8) | body[position++]);
            var operand = Operands[code];
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                yield return MetadataTokens.EntityHandle(Number(body, position));
            position += operand == OperandType.InlineSwitch ? 4 + (4 * Number(body, position)) : Size(operand);
        }
    }

    private static int Number(ImmutableArray<byte> body, int position) => BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(position, 4));

    private static int Size(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
