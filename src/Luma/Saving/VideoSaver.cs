using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Luma;

/// <summary>
/// Saves a job's video: streamed to a part file beside the target, resumed where it was cut, checked, and only then
/// given its name. A file under its final name is always whole.
/// </summary>
/// <param name="client">Asks for a fresh link when one has died, and downloads.</param>
public sealed class VideoSaver(LumaClient client)
{
    private const int MostRenewals = 2;
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _stall = TimeSpan.FromSeconds(30);

    /// <summary>How long a download may go without a byte before it is cut and resumed.</summary>
    internal TimeSpan StallTimeout { get; init; } = _stall;

    /// <summary>How long to wait before the first repetition; it doubles with each, up to half a minute.</summary>
    internal TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Saves the video of a job that has succeeded.</summary>
    /// <param name="job">The job.</param>
    /// <param name="target">The file, as a full path. Its folder is made if it does not exist.</param>
    /// <param name="overwrite">Whether a file of that name is replaced.</param>
    /// <param name="progress">Where to tell how far it is.</param>
    /// <param name="cancellationToken">Stops it; what is there stays for a later call to go on from.</param>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaFileExists"/>, <see cref="LumaErrorId.LumaNoVideo"/>, <see cref="LumaErrorId.LumaDownloadFailed"/>, or why the service could not be asked for the link.</exception>
    public async Task<FileInfo> SaveAsync(LumaJob job, string target, bool overwrite = false, SaveProgress? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        progress ??= new SaveProgress();
        if (!overwrite && File.Exists(target)) return await FinishAsync(job, target, cancellationToken);

        // Only what a fetch has said is believed: a link that came in a callback may be anybody's.
        if (job.VideoUrl is null || job.Status != LumaJobStatus.Succeeded) job = await RenewAsync(job, cancellationToken);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using PartFile part = PartFile.Open(target, SafeId(job));
            await DownloadAsync(job, part, progress, cancellationToken);
            string hash = await part.FinishAsync(cancellationToken);
            try
            {
                part.MoveTo(target, overwrite, hash);
            }
            catch (IOException) when (!overwrite && File.Exists(target))
            {
                throw FileExists(job, target);
            }

            return await RecordAsync(job, target, hash);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw Failed(job, $"the file {target} could not be written: {ErrorText.Reason(exception)}", exception, "See that the folder can be written to and has space, or choose another -Destination, then run the command again: it goes on from what is there.");
        }
    }

    /// <summary>The file of a job's video, if the journal knows it as this job's: it lies where it was last saved, or it was saved or moved elsewhere and has the same bytes.</summary>
    public FileInfo? FindSaved(LumaJob job, string target)
    {
        ArgumentNullException.ThrowIfNull(job);
        var file = new FileInfo(target);
        bool isKnown = job.Id is not null && file.Exists && client.Journal?.Saved(job.Id) is { } saved && saved.Length == file.Length && (saved.Path == target || HasHash(file, saved.Sha256));
        if (!isKnown) return null;
        PartFile.Forget(target, SafeId(job)); // Left by a process that was killed right after it had recorded the file.
        return file;
    }

    private static bool HasHash(FileInfo file, string? sha256)
    {
        try
        {
            using FileStream bytes = file.OpenRead();
            return Convert.ToHexString(SHA256.HashData(bytes)) == sha256;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // Nobody can tell whose it is.
        }
    }

    // The jobId comes from outside and becomes part of a file's name.
    private static string SafeId(LumaJob job) => string.Concat((job.JobId ?? "").Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_'));

    private static LumaException FileExists(LumaJob job, string target) =>
        new(LumaErrorId.LumaFileExists, $"The file {target} exists, so the video of job {job.JobId} was not saved. The job is paid and stays as it is.")
        {
            JobId = job.JobId,
            RecommendedAction = "Choose another -Destination or -FileName, or replace the file with -Force. With -SkipExisting a file that the journal knows as this job's is left as it is.",
        };

    private static LumaException Failed(LumaJob job, string why, Exception? failure = null, string? action = null, HttpStatusCode? status = null, TimeSpan? retryAfter = null) =>
        new(LumaErrorId.LumaDownloadFailed, $"The video of job {job.JobId} was not saved: {why} The job is paid and stays as it is; it can be saved again.", failure)
        {
            JobId = job.JobId,
            StatusCode = status,
            RetryAfter = retryAfter,
            RecommendedAction = action ?? $"Try again later: Save-LumaVideo -JobId {job.JobId}",
        };

    // A process that was killed after it had given a file its name left the last step to do: the record.
    private async Task<FileInfo> FinishAsync(LumaJob job, string target, CancellationToken cancellationToken)
    {
        try
        {
            return await PartFile.FindNamedAsync(target, SafeId(job), cancellationToken) is { } hash ? await RecordAsync(job, target, hash) : throw FileExists(job, target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw FileExists(job, target); // Nobody can tell whose it is.
        }
    }

    private async Task<FileInfo> RecordAsync(LumaJob job, string target, string hash)
    {
        var file = new FileInfo(target);
        try
        {
            if (client.Journal is { } journal) await journal.SavedAsync(job, file.FullName, file.Length, hash);
        }
        catch (LumaException)
        {
            // The file is there, and whole. Without the record -SkipExisting will not know it, and says so.
        }

        PartFile.Forget(target, SafeId(job));
        return file;
    }

    private async Task<LumaJob> RenewAsync(LumaJob job, CancellationToken cancellationToken)
    {
        LumaJob fresh = await client.FetchAsync(job with { VideoUrl = null }, cancellationToken: cancellationToken);
        if (fresh.Status == LumaJobStatus.Succeeded) return fresh;
        bool failed = fresh.Status == LumaJobStatus.Failed;
        throw new LumaException(LumaErrorId.LumaNoVideo, failed
            ? $"Job {job.JobId} has no video: it failed.{(fresh.Message is { } reason ? $" The service says: {ServiceErrors.Sentence(reason)}" : "")}"
            : $"Job {job.JobId} has no video yet: it is {fresh.Status}. It goes on at the service; nothing is lost.")
        {
            JobId = job.JobId,
            RecommendedAction = failed ? "Change what the reason names, then submit it as a new job." : $"Wait for it: Wait-LumaJob -JobId {job.JobId} | Save-LumaVideo",
        };
    }

    private async Task DownloadAsync(LumaJob job, PartFile part, SaveProgress progress, CancellationToken cancellationToken)
    {
        int failures = 0, renewals = 0;
        long most = 0;
        while (true)
        {
            if (Check.TryLink(job.VideoUrl) is not { } link)
            {
                throw Failed(job, $"the service's link to it cannot be used: {job.VideoUrl}.");
            }

            long before = part.Stream.Length;
            LumaException problem;
            try
            {
                switch (await AttemptAsync(job, link, part, progress, cancellationToken))
                {
                    case null:
                        return;
                    case { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone } dead:
                        if (renewals++ == MostRenewals) throw dead;
                        job = await RenewAsync(job, cancellationToken);
                        continue;
                    case { } found:
                        problem = found;
                        break;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or HttpIOException)
            {
                problem = Failed(job, $"the connection to {link.Host} broke: {ErrorText.Reason(exception)}", exception);
            }

            // As long as bytes come that were not there before, it goes on. A host that cuts each whole and refuses each part sends the same ones for ever.
            failures = part.Stream.Length > Math.Max(before, most) && part.ETag is not null ? 0 : failures + 1;
            most = Math.Max(most, part.Stream.Length);
            if (failures > client.Connection.MaximumRetryCount) throw problem;
            TimeSpan wait = problem.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(_longestWait.TotalSeconds, FirstWait.TotalSeconds * Math.Pow(2, Math.Max(0, failures - 1))));
            await Task.Delay(wait, client.Connection.Time, cancellationToken);
        }
    }

    // Gives null when all is there; else what was wrong, to be tried again.
    private async Task<LumaException?> AttemptAsync(LumaJob job, Uri link, PartFile part, SaveProgress progress, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = client.NewVideoRequest(link);
        request.Headers.AcceptEncoding.ParseAdd("identity");
        long offset = 0;
        if (part.CanResume(link))
        {
            offset = part.Stream.Length;
            request.Headers.Range = new RangeHeaderValue(offset, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(part.ETag!);
        }

        using HttpResponseMessage response = await client.Connection.VideoClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        HttpContentHeaders headers = response.Content.Headers;
        switch (response.StatusCode)
        {
            // It may have changed in between, for a host that does not look at If-Range.
            case HttpStatusCode.PartialContent when response.Headers.ETag is { } now && !now.Equals(part.ETag):
                return Restarted(part, Failed(job, "the video at its link has changed."));

            // All of it was there already.
            case HttpStatusCode.RequestedRangeNotSatisfiable when offset > 0 && headers.ContentRange?.Length == offset && response.Headers.ETag is { } same && same.Equals(part.ETag):
                return LooksLikeText(part.Stream) ? Restarted(part, NotAVideo(job, link)) : null;

            case HttpStatusCode.PartialContent when headers.ContentRange is { Unit: "bytes", From: { } from } range && from == offset && offset > 0:
                if (range.Length is null || range.To != range.Length - 1) return Restarted(part, Failed(job, "the video's host answered with another part than was asked for."));
                progress.Total = range.Length;
                break;

            case HttpStatusCode.OK when IsVideo(headers) && headers.ContentLength != 0:
                part.Restart();
                part.From(link, response.Headers.ETag);
                offset = 0;
                progress.Total = headers.ContentLength;
                break;

            case HttpStatusCode.OK:
                return Failed(job, $"{link.Host} sent {(headers.ContentLength == 0 ? "an empty " : "")}{headers.ContentType?.MediaType ?? "something"}{(headers.ContentEncoding.Count > 0 ? $" ({string.Join(", ", headers.ContentEncoding)})" : "")}, which is not the video.", status: response.StatusCode);

            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable:
                return Restarted(part, Failed(job, "the video's host answered with another part than was asked for.", status: response.StatusCode));

            default:
                return Failed(job, $"{link.Host} answered HTTP {(int)response.StatusCode}.", status: response.StatusCode, retryAfter: RetryAfter.From(response.Headers.RetryAfter, client.Connection.Time.GetUtcNow()));
        }

        progress.Received = offset;
        await CopyAsync(response, part, progress, cancellationToken);
        if (progress.Total is { } total)
        {
            if (part.Stream.Length == total) return LooksLikeText(part.Stream) ? Restarted(part, NotAVideo(job, link)) : null;
            return part.Stream.Length < total
                ? Failed(job, $"the connection ended after {part.Stream.Length} of {total} bytes.")
                : Restarted(part, Failed(job, $"there came more than the {total} bytes that were announced."));
        }

        // No length was sent, so a cut looks like an end; the video's own boxes tell.
        return Mp4Boxes.IsWhole(part.Stream) ? null : Failed(job, "it ended early.");
    }

    private static LumaException NotAVideo(LumaJob job, Uri link) => Failed(job, $"{link.Host} sent a page or a message instead of the video.");

    // Whatever the answer calls it: a page, a message in XML or JSON.
    private static bool LooksLikeText(Stream stream)
    {
        Span<byte> start = stackalloc byte[64];
        stream.Position = 0;
        int count = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        int first = start[..count].IndexOfAnyExcept(" \t\r\n\uFEFF"u8);
        return first >= 0 && start[first] is (byte)'<' or (byte)'{';
    }

    private static LumaException Restarted(PartFile part, LumaException problem)
    {
        part.Restart();
        return problem;
    }

    // A login page, an error in XML, or something compressed would make a file that looks whole.
    private static bool IsVideo(HttpContentHeaders headers) =>
        headers.ContentEncoding.All(encoding => encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        && !(headers.ContentType?.MediaType is { } type && (type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("xml", StringComparison.OrdinalIgnoreCase))); // Also problem+json, xhtml+xml.

    // The next bytes are read while the last ones are written.
    private async Task CopyAsync(HttpResponseMessage response, PartFile part, SaveProgress progress, CancellationToken cancellationToken)
    {
        // Rented, since a batch of small videos would leave a mebibyte behind for each.
        byte[] reading = ArrayPool<byte>.Shared.Rent(PartFile.CopySize), writing = ArrayPool<byte>.Shared.Rent(PartFile.CopySize);
        int filled = 0;
        Task appending = Task.CompletedTask;
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            stall.CancelAfter(StallTimeout);
            await using Stream body = await response.Content.ReadAsStreamAsync(stall.Token);
            try
            {
                int read;
                while ((read = await ReadAsync(body, reading.AsMemory(filled), stall.Token)) > 0)
                {
                    filled += read;
                    progress.Received += read;
                    stall.CancelAfter(StallTimeout);
                    if (filled < reading.Length && !appending.IsCompleted) continue;
                    await appending;
                    (reading, writing) = (writing, reading);
                    appending = part.AppendAsync(writing.AsMemory(0, filled), CancellationToken.None); // Stopping keeps what has come.
                    filled = 0;
                    stall.CancelAfter(StallTimeout);
                }
            }
            finally
            {
                // However it ended, what has come is kept.
                await appending;
                if (filled > 0) await part.AppendAsync(reading.AsMemory(0, filled), CancellationToken.None);
                ArrayPool<byte>.Shared.Return(reading);
                ArrayPool<byte>.Shared.Return(writing);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(FormattableString.Invariant($"not a byte came for {StallTimeout.TotalSeconds:0.###} s"));
        }
    }

    // Here it is the connection that fails, whatever the exception; elsewhere an IOException is the disk's.
    private static async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception)
        {
            throw new HttpRequestException(exception.Message, exception);
        }
    }
}
