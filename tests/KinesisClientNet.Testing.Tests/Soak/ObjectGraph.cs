using System.Reflection;

namespace KinesisClientNet.Testing.Tests.Soak;

/// <summary>Counts what an object keeps alive, field by field: a map that is never cleaned up shows, whatever it holds.</summary>
internal sealed class ObjectGraph(params Type[] borders)
{
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<object> _open = new();
    private readonly Dictionary<Type, FieldInfo[]> _fields = [];

    /// <summary>How many objects of which type.</summary>
    public Dictionary<Type, int> Counts { get; } = [];

    /// <summary>Follows every reference from the object, but not into the borders, types, reflection, threads and measuring instruments.</summary>
    public ObjectGraph Add(object root)
    {
        Push(root);
        while (_open.TryPop(out var next))
        {
            var type = next.GetType();
            Counts[type] = Counts.GetValueOrDefault(type) + 1;
            if (next is Array array)
            {
                if (!array.GetType().GetElementType()!.IsPrimitive)
                {
                    foreach (var element in array)
                        Push(element);
                }
            }
            else
            {
                Follow(next, type);
            }
        }

        return this;
    }

    private void Follow(object next, Type type)
    {
        foreach (var field in FieldsOf(type))
            Push(field.GetValue(next));
    }

    private void Push(object? value)
    {
        switch (value)
        {
            case null or string or Pointer or Type or MemberInfo or Assembly or Thread or System.Diagnostics.Metrics.Meter or System.Diagnostics.Metrics.Instrument:
                return;
            case var structure when structure.GetType() is { IsValueType: true } type:
                if (!type.IsPrimitive && !type.IsEnum)
                    Follow(structure, type);
                return;
            default:
                if (!Array.Exists(borders, border => border.IsInstanceOfType(value)) && _seen.Add(value))
                    _open.Push(value);
                return;
        }
    }

    private FieldInfo[] FieldsOf(Type type)
    {
        if (_fields.TryGetValue(type, out var known))
            return known;
        var fields = new List<FieldInfo>();
        for (var level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            fields.AddRange(level.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                .Where(static field => !field.FieldType.IsPrimitive && !field.FieldType.IsPointer && !field.FieldType.IsByRefLike && !field.FieldType.IsEnum));
        }

        return _fields[type] = [.. fields];
    }
}
