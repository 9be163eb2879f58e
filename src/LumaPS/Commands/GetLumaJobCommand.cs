using System.Globalization;
using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Asks the service about jobs by their ids, or lists those of the journal. Neither costs anything.</summary>
[Cmdlet(VerbsCommon.Get, "LumaJob", DefaultParameterSetName = JournalSet, HelpUri = HelpPages.Address + "Get-LumaJob.md")]
[OutputType(typeof(LumaJob))]
public sealed class GetLumaJobCommand : JobCommand
{
    private const string JournalSet = "Journal";
    private const string JobIdSet = "JobId";
    private const string PathSet = "Path";

    /// <summary>The jobIds: UUIDs, or jobs. The service is asked.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = JobIdSet)]
    [ArgumentCompleter(typeof(JobIds))]
    public PSObject[]? JobId { get; set; }

    /// <summary>
    /// The names to list, with wildcards. With a -JobId: the name to record that job under; it settles an unconfirmed submit of
    /// that name.
    /// </summary>
    [Parameter(ParameterSetName = JournalSet)]
    [Parameter(ParameterSetName = JobIdSet)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(JobNames))]
    public string[]? Name { get; set; }

    /// <summary>Saved videos, with wildcards: the jobs they are of, as the journal knows them or the metadata next to them tell.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The states to list: Pending, Running, Succeeded, Failed, Unconfirmed.</summary>
    [Parameter(ParameterSetName = JournalSet)]
    [ArgumentCompleter(typeof(Statuses))]
    public string[]? Status { get; set; }

    /// <summary>To list what was submitted at this time or later.</summary>
    [Parameter(ParameterSetName = JournalSet)]
    public DateTime? After { get; set; }

    /// <summary>To list what was submitted before this time.</summary>
    [Parameter(ParameterSetName = JournalSet)]
    public DateTime? Before { get; set; }

    /// <summary>Lists no more than so many: the oldest ones.</summary>
    [Parameter(ParameterSetName = JournalSet)]
    public int? First { get; set; }

    /// <summary>Lists no more than so many: the newest ones, the newest at the end.</summary>
    [Parameter(ParameterSetName = JournalSet)]
    public int? Last { get; set; }

    /// <summary>Lists the jobs of every service that the journal knows, those of sandboxes that have ended too.</summary>
    [Parameter(ParameterSetName = JournalSet)]
    public SwitchParameter AllServices { get; set; }

    /// <summary>To ask the service about those of the list that have not ended.</summary>
    [Parameter(ParameterSetName = JournalSet)]
    public SwitchParameter Refresh { get; set; }

    private protected override IReadOnlyList<PSObject?> Inputs => InputsOf(JobId, null);

    private protected override string InputParameter => nameof(JobId);

    private protected override int MostInFlight => LumaDefaults.ThrottleLimit;

    private protected override bool AsksService => Refresh || WasTyped(nameof(JobId)) || MyInvocation.ExpectingInput;

    private protected override void Accept()
    {
        if (ParameterSetName == JournalSet)
        {
            List();
            return;
        }

        if (ParameterSetName == PathSet)
        {
            ListVideos();
            return;
        }

        if (Name is not null && (Name.Length != 1 || JobId!.Length != 1 || string.IsNullOrWhiteSpace(Name[0])
            || WildcardPattern.ContainsWildcardCharacters(Name[0])))
        {
            WriteFailure(Check.Invalid(nameof(Name), string.Join(", ", Name),
                "With -JobId it is the one name to record that one job under, without wildcards."));
            return;
        }

        base.Accept();
    }

    private protected override void Take(PSObject? input)
    {
        if (input?.BaseObject is FileInfo video && video.Extension.Equals(".mp4", StringComparison.OrdinalIgnoreCase))
        {
            Give(video);
            return;
        }

        (LumaJob job, LumaConnection connection) = Read(input);
        LumaClient client = ClientFor(connection);
        string? name = Name?[0].Trim();
        Journal journal = Journal;
        Begin(() => FetchAsync(client, job, name, journal));
    }

    private void ListVideos()
    {
        foreach (string path in Path ?? [])
        {
            try
            {
                foreach (FileInfo video in this.Files(path, nameof(Path))) Give(video);
            }
            catch (LumaException exception)
            {
                WriteFailure(exception, path);
            }
        }
    }

    private void Give(FileInfo video)
    {
        try
        {
            if (SavedVideo.JobOf(Journal, video) is { } job)
            {
                LumaConnection? connection = Connection ?? ProcessConnection.Current;
                Output(connection?.Service == job.Service ? job with { Connection = connection } : job);
                return;
            }

            throw new LumaException(LumaErrorId.LumaJobNotFound,
                $"The job of {video.FullName} is not known: the journal has no such video, and there is no metadata file next to " +
                "it. Nothing was sent.")
            {
                RecommendedAction = "If the file's name contains the jobId, fetch the job: Get-LumaJob -JobId <jobId>. Save-LumaVideo " +
                    "-Metadata writes such a file.",
            };
        }
        catch (LumaException exception)
        {
            WriteFailure(exception, video.FullName);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            WriteFailure(Check.Invalid(nameof(Path), video.FullName, $"It cannot be read: {exception.Message}"), video.FullName);
        }
    }

    private void List()
    {
        try
        {
            LumaConnection? connection = Connection ?? ProcessConnection.Current;
            string? service = AllServices ? null : ServiceInUse.Of(Connection);
            CheckCount(nameof(First), First);
            CheckCount(nameof(Last), Last);
            foreach (string name in Name ?? []) CheckNotKey(nameof(Name), name);
            NamePattern[]? names = Name?.Select(name => new NamePattern(name)).ToArray();
            if (Status?.FirstOrDefault(status => !Statuses.Known.Contains(status, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            {
                throw Check.Invalid(nameof(Status), unknown, $"Valid values are {string.Join(", ", Statuses.Known)}.");
            }

            IEnumerable<LumaJob> jobs = Counted(Recorded(service, names)
                .Where(job => After is null || job.SubmittedAt >= Local(After.Value))
                .Where(job => Before is null || job.SubmittedAt < Local(Before.Value))
                .OrderBy(job => job.SubmittedAt));
            WarnOfSkippedLines();
            int elsewhere = 0;
            string[] missing = MissingNames(service); // Now: what takes the jobs may remove them.
            foreach (LumaJob job in jobs)
            {
                // Over this connection only the jobs of its own service can be polled.
                bool isOurs = job.Service == connection?.Service || !AllServices;
                bool isAsked = Refresh && !job.HasEnded && job.JobId is not null;
                if (isAsked && !isOurs) elsewhere++;
                if (isAsked && isOurs) Refreshed(job with { Connection = connection });
                else Give(isOurs ? job with { Connection = connection } : job);
            }

            foreach (string name in missing)
            {
                WriteFailure(
                    new LumaException(LumaErrorId.LumaJobNotFound,
                        $"The journal has no job of {service ?? "any service"} with the name '{name}'. Nothing was sent.")
                    {
                        RecommendedAction = "List its jobs: Get-LumaJob",
                    },
                    name);
            }

            if (elsewhere > 0)
            {
                WriteWarning($"{elsewhere} jobs of other services were not requested; they are listed as the journal has them.");
            }
        }
        catch (LumaException exception)
        {
            WriteFailure(exception);
        }
    }

    private static void CheckCount(string parameter, int? count)
    {
        if (count is not (< 0 and int negative)) return;
        throw Check.Invalid(parameter, negative.ToString(CultureInfo.InvariantCulture), "It is how many jobs to list, 0 or more.");
    }

    // As Select-Object counts: together they are both ends of the list. It counts what the journal says, before anybody is asked.
    private IEnumerable<LumaJob> Counted(IEnumerable<LumaJob> ordered)
    {
        if (First is null && Last is null) return ordered;
        LumaJob[] jobs = [.. ordered.Where(IsOfStatus)];
        int first = Math.Min(First ?? 0, jobs.Length), last = Math.Min(Last ?? 0, jobs.Length - first);
        return jobs[..first].Concat(jobs[^last..]);
    }

    private bool IsOfStatus(LumaJob job) => Status is null || Status.Contains(job.Status, StringComparer.OrdinalIgnoreCase);

    private static bool IsOpenStatus(string status) =>
        !JobStatusInfo.Of(Statuses.Known.First(known => known.Equals(status, StringComparison.OrdinalIgnoreCase))).HasEnded;

    // No more than may be meant: what the journal has grown to in years is not read for a name, or for what has not ended.
    private IEnumerable<LumaJob> Recorded(string? service, NamePattern[]? names)
    {
        var query = new JournalQuery
        {
            Service = service,
            IsOpen = Status is { Length: > 0 } statuses && statuses.All(IsOpenStatus) ? true : null,
            After = After is { } after ? Local(after).ToUniversalTime() : null,
            Before = Before is { } before ? Local(before).ToUniversalTime() : null,
            Newest = Last > 0 && First is null && Status is null && names is null ? Last : null,
        };
        if (names is null) return Journal.Jobs(query);
        return names.SelectMany(name => Journal.Jobs(name.Narrow(query)).Where(job => name.IsMatch(job.Name))).DistinctBy(job => job.Id);
    }

    // As Get-Process does: a name without wildcards that no job has is an error, whatever the rest of the filter says.
    private string[] MissingNames(string? service) =>
        [.. (Name ?? [])
            .Where(name => !WildcardPattern.ContainsWildcardCharacters(name) && NamePattern.Find(Journal, service, name).Count == 0)];

    // A time without a zone, as one that is typed, is local.
    private static DateTime Local(DateTime time) => time.Kind == DateTimeKind.Utc ? time.ToLocalTime() : time;

    private void Refreshed(LumaJob job)
    {
        LumaClient client = ClientFor(job.Connection ?? ProcessConnection.Required());
        Begin(async () =>
        {
            try
            {
                LumaJob found = await client.FetchAsync(job, cancellationToken: StopToken);
                return () => Give(found);
            }
            catch (LumaException exception)
            {
                return () =>
                {
                    Give(job);
                    WriteFailure(exception);
                };
            }
        });
    }

    private void Give(LumaJob job)
    {
        if (IsOfStatus(job)) Output(job);
    }

    private void WarnOfSkippedLines()
    {
        if (Journal.Unreadable is { } unreadable) WriteWarning(unreadable);
        if (Journal.SkippedLines is > 0 and int skipped)
        {
            WriteWarning($"{skipped} lines of the journal in {Journal.Location} could not be read and were skipped: truncated by a " +
                "crash, unrecognized, or of a newer version.");
        }
    }

    private async Task<Action> FetchAsync(LumaClient client, LumaJob job, string? name, Journal journal)
    {
        try
        {
            LumaJob found = await client.FetchAsync(job, cancellationToken: StopToken);
            if (name is not null) found = await new Submitter(client, journal).AdoptAsync(found, name, StopToken);
            return () => Output(found);
        }
        catch (LumaException exception)
        {
            return () => WriteFailure(exception);
        }
    }
}
