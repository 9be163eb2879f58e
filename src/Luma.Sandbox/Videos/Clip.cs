using System.Security.Cryptography;

namespace Luma.Sandbox;

/// <summary>One of the built-in videos.</summary>
internal sealed class Clip
{
    private static readonly Clip[] _all =
    [
        new("9:16", 360, 640),
        new("3:4", 480, 640),
        new("1:1", 512, 512),
        new("4:3", 640, 480),
        new("16:9", 640, 360),
        new("21:9", 840, 360),
    ];

    private Clip(string aspectRatio, int width, int height)
    {
        AspectRatio = aspectRatio;
        Width = width;
        Height = height;
        string name = aspectRatio.Replace(':', 'x') + ".mp4";
        using Stream resource = typeof(Clip).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {name}.");
        Bytes = new byte[resource.Length];
        resource.ReadExactly(Bytes);
        Tag = Convert.ToHexString(SHA256.HashData(Bytes), 0, 8);
    }

    /// <summary>The size of the largest clip in bytes.</summary>
    public static int MaxLength { get; } = _all.Max(clip => clip.Bytes.Length);

    /// <summary>The aspect ratio as the service writes it, such as "16:9".</summary>
    public string AspectRatio { get; }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>The MP4 file.</summary>
    public byte[] Bytes { get; }

    /// <summary>What tells the clip from all others.</summary>
    public string Tag { get; }

    /// <summary>The clip of an aspect ratio; 9:16 for one that is not known or not given.</summary>
    public static Clip For(string? aspectRatio) =>
        Array.Find(_all, clip => clip.AspectRatio == aspectRatio) ?? _all[0];

    /// <summary>The clip that comes a number of places after this one.</summary>
    public Clip Next(int places) => _all[(Array.IndexOf(_all, this) + places) % _all.Length];
}
