namespace Gossip;

/// <summary>No instance of a service can take a call. The message says what there is instead, and since when.</summary>
public sealed class NoInstancesException : InvalidOperationException
{
    /// <summary>The code under which <c>docs/errors</c> explains the error.</summary>
    public const string Code = "GSP1001";

    /// <summary>Makes the exception with the framework's default message.</summary>
    public NoInstancesException()
    {
    }

    /// <summary>Makes the exception.</summary>
    public NoInstancesException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public NoInstancesException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The service that was asked for; null when it is not known.</summary>
    public string? Service { get; init; }
}
