using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Luma;

/// <summary>The gallery: one HTML page that needs nothing but itself and the videos next to it.</summary>
/// <remarks>
/// All of a prompt goes through <see cref="GalleryHtml.Text"/>, and should that ever fail, the page's own policy runs no script and
/// takes no style but its two, which it knows by their hashes, and reaches no other machine.
/// </remarks>
public static partial class GalleryPage
{
    /// <summary>The page's name unless told otherwise.</summary>
    public const string DefaultName = "gallery.html";

    private const string Generator = "LumaPS ";
    private const int LongestHead = 8192;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Makes the page.</summary>
    /// <param name="videos">The videos.</param>
    /// <param name="title">The page's title.</param>
    /// <param name="folder">The folder the page will lie in.</param>
    /// <param name="jobs">The jobs that have no video.</param>
    public static string Render(IReadOnlyList<GalleryVideo> videos, string title, string folder, IReadOnlyList<LumaJob>? jobs = null)
    {
        ArgumentNullException.ThrowIfNull(videos);
        jobs ??= [];
        GalleryCard[] cards = [.. videos
            .OrderByDescending(video => video.Time)
            .Select((video, index) => new GalleryCard(video, index + 1, folder))];
        string style = Resource("page.css") + GalleryLayout.Style(cards.Select(card => card.Ratio));
        string script = Resource("page.js");
        var parts = new Dictionary<string, string>
        {
            ["policy"] = $"default-src 'none'; media-src 'self' file:; style-src '{Hash(style)}'; script-src '{Hash(script)}'; "
                + "img-src data:; base-uri 'none'; form-action 'none'",
            ["generator"] = Generator + typeof(GalleryPage).Assembly.GetName().Version!.ToString(3),
            ["style"] = style,
            ["script"] = script,
            ["title"] = GalleryHtml.Text(title),
            ["summary"] = GalleryHtml.Text(Summary(videos)),
            ["jobs"] = GalleryJobs.Html(jobs),
            ["filters"] = GalleryFilters.Html(cards, jobs),
            ["layout"] = GalleryLayout.IsEven(cards.Select(card => card.Ratio)) ? "even" : "rows",
            ["videos"] = string.Concat(cards.Select(card => card.Html())),
            ["empty"] = videos.Count == 0 ? GalleryEmpty.Html() : "",
        };

        // In one pass: what a prompt puts in is not looked at again.
        return Placeholder().Replace(Resource("page.html"), match => parts[match.Groups[1].Value]);
    }

    /// <summary>Looks whether a page can be written, before it is made. It changes nothing.</summary>
    /// <param name="path">The file, as a full path.</param>
    /// <param name="overwrite">Whether any file of that name is to be replaced; a page made by this one always is.</param>
    /// <exception cref="LumaException">
    /// <see cref="LumaErrorId.LumaFileExists"/>; <see cref="LumaErrorId.LumaInvalidValue"/> where it can never be written, or somebody
    /// has it open.
    /// </exception>
    public static void Check(string path, bool overwrite = false)
    {
        try
        {
            SaveTarget.Check(path, MayReplace(path, overwrite));
        }
        catch (Exception exception) when (IsUnwritable(exception))
        {
            throw Unwritable(path, exception);
        }
    }

    /// <summary>Writes the page: completely, or not at all.</summary>
    /// <param name="path">The file, as a full path. Its folder is made if it does not exist.</param>
    /// <param name="page">The page.</param>
    /// <param name="overwrite">Whether any file of that name is replaced; a page made by this one always is.</param>
    /// <exception cref="LumaException">
    /// <see cref="LumaErrorId.LumaFileExists"/>; <see cref="LumaErrorId.LumaInvalidValue"/> where it cannot be written.
    /// </exception>
    public static FileInfo Write(string path, string page, bool overwrite = false)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            overwrite = MayReplace(path, overwrite);
            try
            {
                FileOperations.WriteWhole(path, overwrite, file => file.Write(_utf8.GetBytes(page)));
            }
            catch (IOException) when (!overwrite && File.Exists(path))
            {
                throw FileExists(path, "was not there a moment ago");
            }

            return new FileInfo(path);
        }
        catch (Exception exception) when (IsUnwritable(exception))
        {
            throw Unwritable(path, exception);
        }
    }

    /// <summary>Whether a file is a page made here.</summary>
    public static bool IsGallery(string path)
    {
        using FileStream file =
            FileOperations.Retry(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        byte[] head = new byte[LongestHead];
        int length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return _utf8.GetString(head, 0, length).Contains($"<meta name=\"generator\" content=\"{Generator}", StringComparison.Ordinal);
    }

    /// <summary>A file's address relative to a folder, with all but the plainest letters percent-encoded.</summary>
    internal static string RelativeLink(string folder, string file)
    {
        string relative = Path.GetRelativePath(folder, file);
        if (!Path.IsPathRooted(relative)) return string.Join('/', relative.Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));
        string what = $"No page in {folder} can lead to {file} by a relative path. Nothing was written.";
        throw new LumaException(LumaErrorId.LumaInvalidValue, what)
        {
            RecommendedAction = "Choose a -Destination on the same drive as the videos.",
        };
    }

    // Its own page and no other, unless it was told otherwise, and none that somebody has made read-only.
    private static bool MayReplace(string path, bool overwrite)
    {
        if (overwrite || !File.Exists(path)) return overwrite;
        if (!IsGallery(path)) throw FileExists(path, "is not a page of Export-LumaGallery");
        if (File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly)) throw FileExists(path, "is read-only");
        return true;
    }

    private static bool IsUnwritable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    private static LumaException Unwritable(string path, Exception exception)
    {
        string what = $"The page {path} could not be written: {ErrorText.Reason(exception)} The videos are unchanged.";
        return new LumaException(LumaErrorId.LumaInvalidValue, what, exception)
            { RecommendedAction = $"{FileOperations.WhatToDo(exception)}." };
    }

    private static LumaException FileExists(string path, string what) =>
        new(LumaErrorId.LumaFileExists, $"The gallery was not written: {path} exists and {what}.")
        {
            RecommendedAction = "Choose another -Destination, or replace it with -Force.",
        };

    private static string Summary(IReadOnlyList<GalleryVideo> videos)
    {
        if (videos.Count == 0) return "No videos yet";
        decimal quota = videos.Sum(video => video.Job?.Quota ?? 0);
        int unknown = videos.Count(video => video.Job?.Quota is null);
        string cost = unknown == videos.Count ? "" : $" · {GalleryHtml.Cost(quota)}{(unknown > 0 ? $", {unknown} of unknown cost" : "")}";
        return FormattableString.Invariant($"{videos.Count} {(videos.Count == 1 ? "video" : "videos")}{cost}");
    }

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(_utf8.GetBytes(text)));

    // Browsers hash what is between the tags with plain line feeds, whatever the file has.
    private static string Resource(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"Luma.Gallery.{name}")!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\{\{([a-z]+)\}\}")]
    private static partial Regex Placeholder();
}
