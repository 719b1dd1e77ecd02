using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using System.Xml;

namespace Gossip.Cli.Protocols.Eureka.Wire;

/// <summary>How an answer is written.</summary>
internal enum EurekaFormat
{
    Json,
    Xml,
}

/// <summary>Writes one object, as XML or as JSON, in the dialect of Eureka's own serializer: most numbers are texts.</summary>
internal abstract class EurekaWriter : IDisposable
{
    public static EurekaWriter Of(EurekaFormat format, string name, Stream stream) =>
        format == EurekaFormat.Json ? new EurekaJsonWriter(stream) : new EurekaXmlWriter(name, stream);

    /// <summary>Begins an object within the one before.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type of Java that its reader may ask for; null for none.</param>
    public abstract void Begin(string name, string? type = null);

    /// <summary>Ends it.</summary>
    public abstract void End();

    /// <summary>Writes a text; null is left out.</summary>
    public abstract void Text(string name, string? text);

    /// <summary>Writes a number that is one in JSON too.</summary>
    public abstract void Number(string name, long number);

    /// <summary>Writes a port, and whether somebody listens.</summary>
    public abstract void Port(string name, int port, bool isEnabled);

    /// <summary>Writes pairs of a caller's own.</summary>
    public abstract void Pairs(string name, IReadOnlyDictionary<string, string> pairs);

    /// <summary>Ends all.</summary>
    public abstract void Dispose();

    /// <summary>What readers of Java take for a map without anything in it.</summary>
    protected const string EmptyMap = "java.util.Collections$EmptyMap";

    protected static string WordOf(bool flag) => flag ? "true" : "false";
}

/// <summary>Writes JSON.</summary>
internal sealed class EurekaJsonWriter : EurekaWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    private readonly Utf8JsonWriter _writer;

    public EurekaJsonWriter(Stream stream)
    {
        _writer = new Utf8JsonWriter(stream, Options);
        _writer.WriteStartObject();
    }

    public override void Begin(string name, string? type = null)
    {
        _writer.WriteStartObject(name);
        if (type is not null)
            _writer.WriteString("@class", type);
    }

    public override void End() => _writer.WriteEndObject();

    public override void Text(string name, string? text)
    {
        if (text is not null)
            _writer.WriteString(name, text);
    }

    public override void Number(string name, long number) => _writer.WriteNumber(name, number);

    public override void Port(string name, int port, bool isEnabled)
    {
        _writer.WriteStartObject(name);
        _writer.WriteNumber("$", port);
        _writer.WriteString("@enabled", WordOf(isEnabled));
        _writer.WriteEndObject();
    }

    public override void Pairs(string name, IReadOnlyDictionary<string, string> pairs)
    {
        Begin(name, pairs.Count == 0 ? EmptyMap : null);
        foreach (var (key, value) in pairs.Where(pair => pair.Key != "@class"))
            _writer.WriteString(key, value);
        End();
    }

    public override void Dispose()
    {
        _writer.WriteEndObject();
        _writer.Dispose();
    }
}

/// <summary>Writes XML, in which keys of metadata are names of elements.</summary>
internal sealed class EurekaXmlWriter : EurekaWriter
{
    private static readonly XmlWriterSettings Settings = new()
    {
        OmitXmlDeclaration = true, NewLineHandling = NewLineHandling.Entitize,
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
    };

    private readonly XmlWriter _writer;

    public EurekaXmlWriter(string name, Stream stream)
    {
        _writer = XmlWriter.Create(stream, Settings);
        _writer.WriteStartElement(name);
    }

    /// <summary>
    /// A key as the name of an element: one that is none makes readers give up the whole list. Letters, digits, '.', '-' and '_' stay, and
    /// each other becomes '_'.
    /// </summary>
    public static string NameOf(string key)
    {
        var name = string.Concat(key.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '_'));
        return name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_') ? name : $"_{name}";
    }

    /// <summary>A text in which each character is one that XML can hold.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isFine = rune.Value > char.MaxValue || XmlConvert.IsXmlChar((char)rune.Value);
            clean.Append((isFine ? rune : Rune.ReplacementChar).ToString());
        }

        return clean.ToString();
    }

    public override void Begin(string name, string? type = null)
    {
        _writer.WriteStartElement(name);
        if (type is not null)
            _writer.WriteAttributeString("class", type);
    }

    public override void End() => _writer.WriteEndElement();

    public override void Text(string name, string? text)
    {
        if (text is not null)
            _writer.WriteElementString(name, Clean(text));
    }

    public override void Number(string name, long number) => Text(name, number.ToString(CultureInfo.InvariantCulture));

    public override void Port(string name, int port, bool isEnabled)
    {
        _writer.WriteStartElement(name);
        _writer.WriteAttributeString("enabled", WordOf(isEnabled));
        _writer.WriteString(port.ToString(CultureInfo.InvariantCulture));
        End();
    }

    /// <summary>Of keys that are one element the first counts, and a key that is its own name before all.</summary>
    public override void Pairs(string name, IReadOnlyDictionary<string, string> pairs)
    {
        Begin(name, pairs.Count == 0 ? EmptyMap : null);
        var named = pairs.Select(pair => (Name: NameOf(pair.Key), pair.Key, pair.Value))
            .OrderBy(one => one.Name == one.Key ? 0 : 1).ThenBy(one => one.Key, StringComparer.Ordinal).DistinctBy(one => one.Name);
        foreach (var one in named)
            Text(one.Name, one.Value);
        End();
    }

    public override void Dispose()
    {
        _writer.WriteEndElement();
        _writer.Dispose();
    }
}
