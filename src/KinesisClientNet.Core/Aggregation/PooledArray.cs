using System.Buffers;

namespace KinesisClientNet.Core.Aggregation;

/// <summary>Arrays of the shared pool that grow.</summary>
internal static class PooledArray
{
    /// <summary>Replaces an array by a larger one and gives it back.</summary>
    /// <param name="array">The array; an empty one was never rented.</param>
    /// <param name="used">How many elements to keep.</param>
    /// <param name="needed">How many must fit; at least twice the old size is taken.</param>
    internal static void Grow<T>(ref T[] array, int used, int needed)
    {
        var larger = ArrayPool<T>.Shared.Rent((int)Math.Min(Math.Max(needed, 2L * array.Length), Array.MaxLength));
        array.AsSpan(0, used).CopyTo(larger);
        Release(ref array);
        array = larger;
    }

    /// <summary>Gives an array back.</summary>
    /// <param name="array">The array; becomes empty.</param>
    internal static void Release<T>(ref T[] array)
    {
        if (array.Length > 0)
            ArrayPool<T>.Shared.Return(array, System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>());
        array = [];
    }
}
