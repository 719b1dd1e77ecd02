using System.Net.Sockets;
using Gossip.Bootstrap;

namespace Gossip.Cli.Commands;

/// <summary>One endpoint that may be asked.</summary>
/// <param name="Url">Its URL; for one at a socket, with a host that is only said.</param>
internal sealed record EndpointTarget(Uri Url)
{
    /// <summary>Letters of a token: a signed one has a few thousand.</summary>
    private const int Most = 16 * 1024;

    /// <summary>The Unix socket that leads to it; null where the URL does.</summary>
    public string? Socket { get; init; }

    /// <summary>The file of its own token; it may not be there. Null where none is known.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The file of a token that the caller brings; null for none.</summary>
    public string? Given { get; init; }

    /// <summary>Its node and cluster, where the machine directory tells; empty where not.</summary>
    public string Node { get; init; } = "";

    /// <inheritdoc cref="Node"/>
    public string Cluster { get; init; } = "";

    /// <summary>Whether this machine's directory has it: then its certificate, if any, need not be one for its loopback.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Whether this machine's directory has it, and its process lives for certain; false where file systems do not lock.</summary>
    public bool IsHeld { get; init; }

    /// <summary>Where it is, for people.</summary>
    public string Place => Socket is null ? Url.AbsoluteUri : $"the agent at {Socket}";

    /// <summary>Where a resource of it is.</summary>
    public Uri At(string path) => new(Url.AbsoluteUri + path);

    /// <summary>The URL of an endpoint, as people write it: without a path it is the usual one. Null for what is none.</summary>
    public static Uri? ParseUrl(string text)
    {
        if (!Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            return null;
        return url.AbsolutePath == "/" ? new Uri(url, "/gossip") : new Uri(url.AbsoluteUri.TrimEnd('/'));
    }

    /// <summary>
    /// Whether a URL that was typed leads here: people write any name of this machine's loopback, and where one listens at all addresses
    /// the directory has one of them.
    /// </summary>
    public bool IsMeantBy(Uri typed) => typed == Url
        || (typed.Host is "localhost" or "127.0.0.1" or "[::1]" && Url.Host is "127.0.0.1" or "[::1]"
            && typed.Scheme == Url.Scheme && typed.Port == Url.Port && typed.AbsolutePath == Url.AbsolutePath);

    /// <summary>The token that the caller brings; null where it brings none.</summary>
    /// <exception cref="CommandException">The file cannot be read, or has no token in it.</exception>
    public string? ReadGiven()
    {
        if (Given is null)
            return null;
        try
        {
            return Read(Given)
                ?? throw new CommandException(CommandExit.Usage, $"{Given} has no token in it; a token is one line of text.");
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(CommandExit.Usage, $"The file of the token cannot be read: {cannot.Message}");
        }
    }

    /// <summary>
    /// The token of the process, as this machine's directory has it; null where it is not there, or not any more, or where somebody else
    /// might get it: a name may lead to several addresses, and one that the machine had may be another's now.
    /// </summary>
    public string? ReadOwn()
    {
        try
        {
            return TokenFile is not null && MachineAddress.IsHeld(Url.IdnHost) && File.Exists(TokenFile) ? Read(TokenFile) : null;
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What speaks HTTP to it.</summary>
    public SocketsHttpHandler Connect()
    {
        // A proxy would get the token of what is on this machine.
        var isHere = IsOwn || Socket is not null || Url.IsLoopback;
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !isHere };
        if (Socket is { } path)
            sockets.ConnectCallback = async (_, cancellation) => await ConnectAsync(path, cancellation).ConfigureAwait(false);
        // Nobody but this user's process listens there, and certificates are made out to the name by which others call it.
        if (IsOwn && Url.IsLoopback && Url.HostNameType != UriHostNameType.Dns)
            sockets.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return sockets;
    }

    /// <summary>The endpoints that the processes of a user have left in a machine directory.</summary>
    public static IEnumerable<EndpointTarget> Of(MachineDirectory directory) =>
        from found in EndpointPlace.FindAll(directory)
        from url in found.Urls
        select new EndpointTarget(url)
        {
            TokenFile = TokenOf(found), Node = found.Node, Cluster = found.Cluster, IsOwn = true, IsHeld = found.IsHeld,
        };

    private static string? Read(string file)
    {
        // A pipe, as of a shell's process substitution, has no length.
        using var reader = new StreamReader(file);
        var letters = new char[Most + 1];
        var text = new string(letters, 0, reader.ReadBlock(letters)).Trim();
        return text.Length is > 0 and <= Most && !text.Any(char.IsControl) ? text : null;
    }

    /// <summary>A name leads to no other folder.</summary>
    private static string? TokenOf(EndpointFound found) =>
        found.Folder is { } folder && found.TokenFile.Length > 0 && Path.GetFileName(found.TokenFile) == found.TokenFile
            ? Path.Combine(folder, found.TokenFile)
            : null;

    private static async Task<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
