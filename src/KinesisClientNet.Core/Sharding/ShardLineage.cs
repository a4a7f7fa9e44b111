using System.Diagnostics.CodeAnalysis;

namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// The family tree of a listing of shards: one parent after a split, two after a merge. A parent that the listing lacks has expired
/// (its records are past the retention period) or was filtered out; it is reported as missing, never invented.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class ShardLineage
{
    private readonly Dictionary<string, Node> _nodes;
    private readonly Dictionary<string, List<Shard>> _children;

    private ShardLineage(
        Dictionary<string, Node> nodes, Dictionary<string, List<Shard>> children, IReadOnlyList<Shard> parentsFirst, IReadOnlyList<string> problems)
    {
        _nodes = nodes;
        _children = children;
        ParentsFirst = parentsFirst;
        Problems = problems;
    }

    /// <summary>Every shard once, each after all of its listed parents; otherwise in the order of the ids.</summary>
    public IReadOnlyList<Shard> ParentsFirst { get; }

    /// <summary>What is wrong with the listing: shards that descend from themselves. They come last in <see cref="ParentsFirst"/>.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Builds the tree.</summary>
    /// <param name="shards">The shards, open and closed; of a repeated id the last one counts.</param>
    /// <returns>The tree.</returns>
    public static ShardLineage Create(IEnumerable<Shard> shards)
    {
        ArgumentNullException.ThrowIfNull(shards);
        var nodes = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var shard in shards)
            nodes[shard.ShardId] = new(shard);
        Node[] ordered = [.. nodes.Values.OrderBy(n => n.Shard.ShardId.Length).ThenBy(n => n.Shard.ShardId, StringComparer.Ordinal)];
        var children = new Dictionary<string, List<Shard>>(StringComparer.Ordinal);
        foreach (var node in ordered)
            Link(node, nodes, children);

        var parentsFirst = Sort(ordered, children);
        if (parentsFirst.Count == ordered.Length)
            return new(nodes, children, parentsFirst, []);
        var sorted = parentsFirst.Select(s => s.ShardId).ToHashSet(StringComparer.Ordinal);
        Shard[] looped = [.. ordered.Select(n => n.Shard).Where(s => !sorted.Contains(s.ShardId))];
        var problem = $"The shards {string.Join(", ", looped.Select(s => s.ShardId))} descend from themselves or from shards that do.";
        return new(nodes, children, [.. parentsFirst, .. looped], [problem]);
    }

    /// <summary>Looks a shard up.</summary>
    /// <param name="shardId">Its id.</param>
    /// <param name="shard">The shard, or null.</param>
    /// <returns>False when the listing lacks it.</returns>
    public bool TryGet(string shardId, [NotNullWhen(true)] out Shard? shard)
    {
        shard = _nodes.GetValueOrDefault(shardId)?.Shard;
        return shard is not null;
    }

    /// <summary>The parents that the listing holds: at most two.</summary>
    /// <param name="shardId">A shard; unknown ids have none.</param>
    /// <returns>The parents.</returns>
    public IReadOnlyList<Shard> ParentsOf(string shardId) => _nodes.GetValueOrDefault(shardId)?.Parents ?? [];

    /// <summary>The parents that the shard names and the listing lacks: expired or filtered out.</summary>
    /// <param name="shardId">A shard; unknown ids have none.</param>
    /// <returns>Their ids.</returns>
    public IReadOnlyList<string> MissingParentsOf(string shardId) => _nodes.GetValueOrDefault(shardId)?.MissingParents ?? [];

    /// <summary>The shards that a split or merge made of this one.</summary>
    /// <param name="shardId">A shard; it may be one that the listing lacks.</param>
    /// <returns>The children, in the order of their ids.</returns>
    public IReadOnlyList<Shard> ChildrenOf(string shardId) => _children.GetValueOrDefault(shardId) ?? [];

    /// <summary>All listed ancestors, nearest generation first, each once.</summary>
    /// <param name="shardId">A shard; unknown ids have none.</param>
    /// <returns>The ancestors.</returns>
    public IReadOnlyList<Shard> AncestorsOf(string shardId) => Walk(shardId, ParentsOf);

    /// <summary>All listed descendants, nearest generation first, each once.</summary>
    /// <param name="shardId">A shard; it may be one that the listing lacks.</param>
    /// <returns>The descendants.</returns>
    public IReadOnlyList<Shard> DescendantsOf(string shardId) => Walk(shardId, ChildrenOf);

    private static void Link(Node node, Dictionary<string, Node> nodes, Dictionary<string, List<Shard>> children)
    {
        LinkParent(node.Shard.ParentShardId);
        if (!string.Equals(node.Shard.AdjacentParentShardId, node.Shard.ParentShardId, StringComparison.Ordinal))
            LinkParent(node.Shard.AdjacentParentShardId);

        void LinkParent(string? parentId)
        {
            if (string.IsNullOrEmpty(parentId))
                return;
            if (nodes.TryGetValue(parentId, out var parent))
                node.Parents.Add(parent.Shard);
            else
                node.MissingParents.Add(parentId);
            if (!children.TryGetValue(parentId, out var siblings))
                children.Add(parentId, siblings = []);
            siblings.Add(node.Shard);
        }
    }

    private static List<Shard> Sort(Node[] ordered, Dictionary<string, List<Shard>> children)
    {
        var waiting = new Dictionary<string, int>(ordered.Length, StringComparer.Ordinal);
        var ready = new PriorityQueue<int, int>(); // by the place in id order, so that the result does not depend on the listing's order
        var places = new Dictionary<string, int>(ordered.Length, StringComparer.Ordinal);
        for (var place = 0; place < ordered.Length; place++)
        {
            var node = ordered[place];
            places[node.Shard.ShardId] = place;
            waiting[node.Shard.ShardId] = node.Parents.Count;
            if (node.Parents.Count == 0)
                ready.Enqueue(place, place);
        }

        var sorted = new List<Shard>(ordered.Length);
        while (ready.TryDequeue(out var place, out _))
        {
            sorted.Add(ordered[place].Shard);
            foreach (var child in children.GetValueOrDefault(ordered[place].Shard.ShardId) ?? [])
            {
                if (--waiting[child.ShardId] == 0)
                    ready.Enqueue(places[child.ShardId], places[child.ShardId]);
            }
        }

        return sorted;
    }

    private static List<Shard> Walk(string shardId, Func<string, IReadOnlyList<Shard>> next)
    {
        var found = new List<Shard>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { shardId };
        var queue = new Queue<string>([shardId]);
        while (queue.TryDequeue(out var id))
        {
            foreach (var relative in next(id))
            {
                if (!seen.Add(relative.ShardId))
                    continue;
                found.Add(relative);
                queue.Enqueue(relative.ShardId);
            }
        }

        return found;
    }

    private sealed class Node(Shard shard)
    {
        internal Shard Shard { get; } = shard;

        internal List<Shard> Parents { get; } = [];

        internal List<string> MissingParents { get; } = [];
    }
}
