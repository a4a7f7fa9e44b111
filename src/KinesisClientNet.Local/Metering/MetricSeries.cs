namespace KinesisClientNet.Local.Metering;

/// <summary>The datapoints of one metric: a ring that grows up to its bound. Its set's lock guards it.</summary>
internal sealed class MetricSeries
{
    /// <summary>Three hours of minutes, what CloudWatch's console shows at first; about 7 KiB a metric.</summary>
    public const int MaxPoints = 180;

    private const int FirstPoints = 4;

    private LocalDatapoint[] _points = new LocalDatapoint[FirstPoints];
    private int _first;
    private int _count;

    /// <summary>Adds a sample. A clock that was set back adds to the last minute that there is.</summary>
    public void Add(DateTimeOffset minute, double sample)
    {
        if (_count == 0 || Last.Timestamp < minute)
            Append(new(minute, 0, 0, 0, 0));
        Last = Last.With(sample);
    }

    public LocalDatapoint[] Read()
    {
        var points = new LocalDatapoint[_count];
        for (var i = 0; i < _count; i++)
            points[i] = _points[(_first + i) % _points.Length];
        return points;
    }

    private ref LocalDatapoint Last => ref _points[(_first + _count - 1) % _points.Length];

    private void Append(in LocalDatapoint point)
    {
        if (_count == MaxPoints)
        {
            _first = (_first + 1) % _points.Length;
            _count--;
        }
        else if (_count == _points.Length)
        {
            // The ring only turns when it has its full size, so it starts at 0 here.
            Array.Resize(ref _points, Math.Min(MaxPoints, _count * 2));
        }

        _count++;
        Last = point;
    }
}
