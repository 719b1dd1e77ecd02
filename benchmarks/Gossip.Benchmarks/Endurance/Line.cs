namespace Gossip.Benchmarks.Endurance;

/// <summary>The line that is nearest to measured points, by least squares.</summary>
/// <param name="From">Its value at the first point.</param>
/// <param name="To">Its value at the last point.</param>
/// <param name="PerHour">How much it rises in an hour.</param>
/// <param name="Error">The standard error of that, if the points scatter about the line independently of each other.</param>
internal readonly record struct Line(double From, double To, double PerHour, double Error)
{
    /// <summary>How much it rises from the first point to the last.</summary>
    public double Rise => To - From;

    /// <exception cref="ArgumentException">There are fewer than three points, or all are of one moment.</exception>
    public static Line Through(IReadOnlyList<(TimeSpan At, double Value)> points)
    {
        if (points.Count < 3 || points[0].At == points[^1].At)
            throw new ArgumentException($"There are {points.Count} points; a line with an error takes three, not all of one moment.", nameof(points));
        var (at, value) = (points.Average(point => point.At.TotalHours), points.Average(point => point.Value));
        var spread = points.Sum(point => Square(point.At.TotalHours - at));
        var slope = points.Sum(point => (point.At.TotalHours - at) * (point.Value - value)) / spread;
        double On(TimeSpan moment) => value + (slope * (moment.TotalHours - at));
        var scatter = points.Sum(point => Square(point.Value - On(point.At))) / (points.Count - 2);
        return new Line(On(points[0].At), On(points[^1].At), slope, Math.Sqrt(scatter / spread));
    }

    /// <summary>The mean of several lines over the same time.</summary>
    public static Line Mean(IReadOnlyCollection<Line> lines) => new(
        lines.Average(line => line.From),
        lines.Average(line => line.To),
        lines.Average(line => line.PerHour),
        Math.Sqrt(lines.Sum(line => Square(line.Error))) / lines.Count);

    private static double Square(double value) => value * value;
}
