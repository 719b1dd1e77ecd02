using System.Security;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Gossip.Cli.Protocols.Eureka.Wire;

/// <summary>An application with the bytes of its instances.</summary>
internal readonly record struct WrittenApplication(string Name, IEnumerable<byte[]> Instances);

/// <summary>
/// Puts answers together from instances that are written already, part by part, so that a reader who takes his time holds one part and no
/// more. Lists are lists in JSON, however many are in them.
/// </summary>
internal static class EurekaPages
{
    /// <summary>Applications, as those of the whole registry are.</summary>
    public static IEnumerable<byte[]> Applications(
        EurekaFormat format, string version, string hash, IEnumerable<WrittenApplication> applications)
    {
        var isJson = format == EurekaFormat.Json;
        yield return Bytes(isJson
            ? $"{{\"applications\":{{\"versions__delta\":\"{version}\",\"apps__hashcode\":\"{hash}\",\"application\":["
            : $"<applications><versions__delta>{version}</versions__delta><apps__hashcode>{hash}</apps__hashcode>");
        var isFirst = true;
        foreach (var application in applications)
        {
            if (isJson && !isFirst)
                yield return ","u8.ToArray();
            isFirst = false;
            foreach (var part in Parts(format, application))
                yield return part;
        }

        yield return Bytes(isJson ? "]}}" : "</applications>");
    }

    /// <summary>One application alone.</summary>
    public static IEnumerable<byte[]> Application(EurekaFormat format, WrittenApplication application) => format == EurekaFormat.Json
        ? Parts(format, application).Prepend(Bytes("{\"application\":")).Append(Bytes("}"))
        : Parts(format, application);

    /// <summary>One instance alone.</summary>
    public static IEnumerable<byte[]> Instance(EurekaFormat format, byte[] instance) =>
        format == EurekaFormat.Json ? [Bytes("{\"instance\":"), instance, Bytes("}")] : [instance];

    private static IEnumerable<byte[]> Parts(EurekaFormat format, WrittenApplication application)
    {
        var isJson = format == EurekaFormat.Json;
        yield return Bytes(isJson
            ? $"{{\"name\":\"{JsonEncodedText.Encode(application.Name, JavaScriptEncoder.Create(UnicodeRanges.All))}\",\"instance\":["
            : $"<application><name>{SecurityElement.Escape(EurekaXmlWriter.Clean(application.Name))}</name>");
        var isFirst = true;
        foreach (var instance in application.Instances)
        {
            if (isJson && !isFirst)
                yield return ","u8.ToArray();
            isFirst = false;
            yield return instance;
        }

        yield return Bytes(isJson ? "]}" : "</application>");
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
