namespace Gossip.Cli.Protocols.Consul.Filters;

/// <summary>How a field is compared.</summary>
internal enum FilterOperator
{
    Equal,
    NotEqual,
    In,
    NotIn,
    Matches,
    NotMatches,
    IsEmpty,
    IsNotEmpty,
}

/// <summary>What may be asked of which field, and what is answered where there is no such key.</summary>
internal static class FilterRules
{
    /// <summary>What Consul calls an operator in its messages.</summary>
    public static string NameOf(FilterOperator one) => one switch
    {
        FilterOperator.NotEqual => "Not Equal",
        FilterOperator.NotIn => "Not In",
        FilterOperator.NotMatches => "Not Matches",
        FilterOperator.IsEmpty => "Is Empty",
        FilterOperator.IsNotEmpty => "Is Not Empty",
        _ => one.ToString(),
    };

    public static bool Takes(FilterType type, FilterOperator one) => type switch
    {
        FilterType.Text => one is not (FilterOperator.IsEmpty or FilterOperator.IsNotEmpty),
        FilterType.Number or FilterType.Flag => one is FilterOperator.Equal or FilterOperator.NotEqual,
        FilterType.Texts or FilterType.TextMap or FilterType.ObjectMap =>
            one is FilterOperator.In or FilterOperator.NotIn or FilterOperator.IsEmpty or FilterOperator.IsNotEmpty,
        FilterType.Objects => one is FilterOperator.IsEmpty or FilterOperator.IsNotEmpty,
        _ => false,
    };

    /// <summary>
    /// What a comparison is where a map has no such key: of a real server it was seen that even <c>matches</c> is true there.
    /// </summary>
    public static bool OfMissing(FilterOperator one) => one is not (FilterOperator.Equal or FilterOperator.In or FilterOperator.IsNotEmpty);
}
