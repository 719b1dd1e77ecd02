using System.Text;
using System.Text.Encodings.Web;

namespace Gossip.Simulation;

/// <summary>The fault matrix as a table: rows, seeds, violations.</summary>
internal sealed class FaultReport
{
    private readonly List<FaultOutcome> _outcomes = [];

    /// <summary>The runs with violations.</summary>
    public IEnumerable<FaultOutcome> Violating => _outcomes.Where(outcome => outcome.Violations.Count > 0);

    /// <summary>Adds the result of one run.</summary>
    public void Add(FaultOutcome outcome) => _outcomes.Add(outcome);

    /// <summary>{"rows":[{"row":1,"name":…,"runs":…,"violations":…,"seeds_violating":[…]}]}</summary>
    public string ToJson() => $"{{\"rows\":[{string.Join(',', ByRow().Select(RowJson))}]}}";

    /// <summary>A line per row.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var outcomes in ByRow())
        {
            var row = outcomes.Key;
            text.Append(
                null, $"{row.Number,3} {row.Name,-44} runs {outcomes.Count(),5}  violations {outcomes.Count(Violates),4}  false deaths {
                    outcomes.Sum(one => one.FalseDeaths),6}  slowest agreement {
                    outcomes.Max(one => one.Agreement.TotalSeconds),5:0.0} s of {
                    outcomes.Max(one => one.Bound.TotalSeconds):0}");
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The rows and what each must hold, as the table of docs/HANDBOOK.md.</summary>
    public static string Demands()
    {
        var text = new StringBuilder("| row | breaks | must hold besides |\n|---|---|---|\n");
        foreach (var row in FaultMatrix.Rows)
            text.Append(null, $"| {row.Number} | {row.Name} | {row.MustHold} |\n");
        return text.ToString();
    }

    private static string RowJson(IGrouping<FaultRow, FaultOutcome> outcomes)
    {
        var row = outcomes.Key;
        var seeds = string.Join(',', outcomes.Where(Violates).Select(outcome => outcome.Seed));
        return $"{{\"row\":{row.Number},\"name\":\"{JavaScriptEncoder.Default.Encode(row.Name)}\",\"runs\":{outcomes.Count()},"
            + $"\"violations\":{outcomes.Count(Violates)},\"seeds_violating\":[{seeds}]}}";
    }

    private static bool Violates(FaultOutcome outcome) => outcome.Violations.Count > 0;

    private IEnumerable<IGrouping<FaultRow, FaultOutcome>> ByRow() =>
        _outcomes.GroupBy(outcome => outcome.Row).OrderBy(group => group.Key.Number);
}
