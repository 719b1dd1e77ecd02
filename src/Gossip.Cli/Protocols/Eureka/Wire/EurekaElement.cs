using System.Text;
using System.Text.Json;
using System.Xml;

namespace Gossip.Cli.Protocols.Eureka.Wire;

/// <summary>
/// A body of a client, which comes as XML or as JSON: both say the same. In JSON an attribute has <c>@</c> in front and the text beside
/// attributes is <c>$</c>; a list is an element many times, and may be one alone without being a list.
/// </summary>
/// <param name="name">Its name.</param>
internal sealed class EurekaElement(string name)
{
    /// <summary>What an instance needs, four times over.</summary>
    public const int MostDepth = 16;

    private readonly List<EurekaElement> _children = [];
    private readonly Dictionary<string, string> _attributes = new(StringComparer.Ordinal);

    public string Name => name;

    /// <summary>Its text; empty for none.</summary>
    public string Text { get; private set; } = "";

    public IReadOnlyList<EurekaElement> Children => _children;

    /// <summary>The first one of a name; null for none.</summary>
    public EurekaElement? Find(string child) => _children.Find(one => one.Name == child);

    /// <summary>The text of a child; null where there is none, or nothing in it.</summary>
    public string? TextOf(string child) => Find(child)?.Text.Trim() is { Length: > 0 } text ? text : null;

    public string? Attribute(string key) => _attributes.GetValueOrDefault(key);

    /// <summary>Reads JSON, of which the outermost object has one key, the name.</summary>
    /// <returns>Null for what cannot be read; the problem says why.</returns>
    public static EurekaElement? ReadJson(ReadOnlyMemory<byte> utf8, out string problem)
    {
        problem = "";
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = MostDepth });
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.EnumerateObject().ToList() is [{ Value.ValueKind: JsonValueKind.Object } root])
                return OfJson(root.Name, root.Value);
            problem = "an object with one key is expected, as { \"instance\": { … } }.";
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            problem = $"it is no JSON: {broken.Message}";
        }

        return null;
    }

    /// <summary>Reads XML. A document type, and with it every entity of its own, is refused.</summary>
    /// <returns>Null for what cannot be read; the problem says why.</returns>
    public static EurekaElement? ReadXml(byte[] bytes, out string problem)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null,
            MaxCharactersInDocument = bytes.Length, MaxCharactersFromEntities = 1,
            IgnoreComments = true, IgnoreProcessingInstructions = true, IgnoreWhitespace = true,
        };
        problem = "";
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(bytes), settings);
            reader.MoveToContent();
            return OfXml(reader);
        }
        catch (XmlException broken)
        {
            problem = $"it is no XML that is taken: {broken.Message}";
            return null;
        }
    }

    private static EurekaElement OfJson(string name, JsonElement value)
    {
        var element = new EurekaElement(name);
        if (value.ValueKind != JsonValueKind.Object)
        {
            element.Text = TextOf(value);
            return element;
        }

        foreach (var one in value.EnumerateObject())
        {
            if (one.Name == "$")
                element.Text = TextOf(one.Value);
            else if (one.Name.StartsWith('@'))
                element._attributes[one.Name[1..]] = TextOf(one.Value);
            else if (one.Value.ValueKind == JsonValueKind.Array)
                element._children.AddRange(one.Value.EnumerateArray().Select(item => OfJson(one.Name, item)));
            else
                element._children.Add(OfJson(one.Name, one.Value));
        }

        return element;
    }

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => value.GetRawText(),
        _ => "",
    };

    private static EurekaElement OfXml(XmlReader reader)
    {
        if (reader.Depth >= MostDepth)
            throw new XmlException($"elements are nested more than {MostDepth} deep.");
        var element = new EurekaElement(reader.LocalName);
        var isEmpty = reader.IsEmptyElement;
        while (reader.MoveToNextAttribute())
            element._attributes[reader.LocalName] = reader.Value;
        var text = new StringBuilder();
        while (!isEmpty && reader.Read() && reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType == XmlNodeType.Element)
                element._children.Add(OfXml(reader));
            else if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace)
                text.Append(reader.Value);
        }

        element.Text = text.ToString();
        return element;
    }
}
