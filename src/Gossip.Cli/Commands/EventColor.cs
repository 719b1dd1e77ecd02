namespace Gossip.Cli.Commands;

/// <summary>The colours of what happens, by its kind.</summary>
internal static class EventColor
{
    public static string Of(string what) => what switch
    {
        "memberJoined" or "memberRefuted" or "memberWithinReach" or "datagramsPass" or "added" => "green",
        "memberSuspected" or "suspicionConfirmed" or "memberOutOfReach" or "datagramsBlocked" or "changed" => "yellow",
        "memberDied" or "nameConflict" or "addressConflict" or "impersonated" or "removed" => "red",
        _ => "default",
    };
}
