using System.Net;
using System.Reflection;
using System.Text;

namespace Luma.Tests;

/// <summary>A status that was forgotten somewhere fails here, by its name.</summary>
public class JobStatusTests
{
    private const string JobId = "ed1a1b01-7d64-4c8a-acaa-71185d23a2f3";

    public static TheoryData<string> Statuses =>
        new(typeof(LumaJobStatus).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(constant => (string)constant.GetRawConstantValue()!));

    [Theory]
    [MemberData(nameof(Statuses))]
    public void A_status_has_one_row(string status) => Assert.Single(JobStatusInfo.All, row => row.Status == status);

    [Fact]
    public void Ranks_and_wire_names_are_unique()
    {
        Assert.Equal(JobStatusInfo.All.Count, JobStatusInfo.All.Select(row => row.Rank).Distinct().Count());
        string[] wireNames = [.. JobStatusInfo.All.Select(row => row.WireName).OfType<string>()];
        Assert.Equal(wireNames.Length, wireNames.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void A_state_that_has_ended_outranks_all_that_have_not() =>
        Assert.True(JobStatusInfo.All.Where(row => row.HasEnded).Min(row => row.Rank) > JobStatusInfo.All.Where(row => !row.HasEnded)
            .Max(row => row.Rank));

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task An_answer_with_the_wire_name_gives_the_status(string status)
    {
        JobStatusInfo row = JobStatusInfo.Of(status);
        if (row.WireName is null) return; // This client's own.
        await using var service = new TestService();
        string known = row.HasVideo ? "\"videoUrl\":\"https://example.com/a.mp4\"" : "\"width\":512";
        byte[] answer = Encoding.UTF8.GetBytes($$$"""{"status":"{{{row.WireName}}}","jobId":"{{{JobId}}}","data":{ {{{known}}} }}""");
        LumaJob told = JobReply.Apply(new LumaJob { JobId = JobId }, ServiceReply.Parse(HttpStatusCode.OK, answer), service.Connection);
        Assert.Equal(status, told.Status);
        Assert.Equal(row.HasEnded, told.HasEnded);
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void The_journal_keeps_a_status_over_those_of_lower_rank(string status)
    {
        foreach (JobStatusInfo lower in JobStatusInfo.All.Where(row => row.Rank < JobStatusInfo.Of(status).Rank))
        {
            JournalRecord record = new JournalRecord("1").With(JournalLines.Intent("1")).With(JournalLines.Accepted("1", JobId))
                .With(JournalLines.Status("1", status)).With(JournalLines.Status("1", lower.Status, later: 1));
            if (JobStatusInfo.Of(status).WireName is not null) Assert.Equal(status, record.Status);
        }
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void The_journal_lists_a_job_as_open_until_its_status_has_ended(string status)
    {
        JournalRecord record = new JournalRecord("1").With(JournalLines.Intent("1")).With(JournalLines.Accepted("1", JobId))
            .With(JournalLines.Status("1", status));
        Assert.Equal(!JobStatusInfo.Of(status).HasEnded, record.Matches(new JournalQuery { IsOpen = true }));
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Usage_counts_a_status(string status)
    {
        PropertyInfo? column = typeof(LumaUsage).GetProperty(status);
        Assert.True(column is not null, $"LumaUsage has no column {status}.");
        var job = new LumaJob { JobId = JobId, Status = status, Kind = LumaJobKind.Generation, Service = JournalLines.Service };
        Assert.Equal(1, column.GetValue(Assert.Single(LumaUsage.Measure(JournalLines.Service, [job]))));
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void The_gallery_lists_a_job_without_a_saved_video_under_one_heading(string status)
    {
        string page = GalleryJobs.Html([new LumaJob { JobId = JobId, Status = status }]);
        Assert.Equal(2, page.Split("<li ").Length);
    }
}
