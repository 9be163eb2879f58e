namespace Luma.Tests.Usage;

/// <summary>What jobs cost, and what nobody knows about it.</summary>
public sealed class UsageTests
{
    private static readonly LumaJob[] _jobs =
    [
        Job("2026-10-31 23:59:59", LumaJobStatus.Succeeded, 25, "ray-v2", "fast"),
        Job("2026-11-01 00:00:00", LumaJobStatus.Succeeded, 12.5m, "RAY-V2", "relax"),
        Job("2026-11-01 12:00:00", LumaJobStatus.Failed, 0, null, null),
        Job("2026-11-02 12:00:00", LumaJobStatus.Running, null, "ray-v3", null),
        Job("2026-11-02 13:00:00", LumaJobStatus.Pending, null, "ray-v3", null),
        Job("2026-11-02 14:00:00", LumaJobStatus.Unconfirmed, null, "ray-v3", null),
    ];

    [Fact]
    public void Adds_up_what_the_service_reported_and_counts_what_it_did_not()
    {
        LumaUsage usage = Assert.Single(LumaUsage.Measure("here", _jobs));
        Assert.Equal(("here", 6, 37.5m, 0.375m, 3), (usage.Service, usage.Jobs, usage.Quota, usage.USD, usage.QuotaUnknown));
        Assert.Equal((2, 1, 1, 1, 1), (usage.Succeeded, usage.Failed, usage.Running, usage.Pending, usage.Unconfirmed));
        Assert.Equal((_jobs[0].SubmittedAt, _jobs[^1].SubmittedAt), (usage.First, usage.Last));
        Assert.All(new[] { usage.Day, usage.Month, usage.Model, usage.Mode, usage.Status, usage.Kind, usage.Name }, Assert.Null);
    }

    [Fact]
    public async Task Many_names_of_one_kind_take_no_longer_than_as_many_kinds()
    {
        // Each compared with each other one, these would take minutes.
        LumaJob[] jobs =
            [.. Enumerable.Range(0, 200_000).Select(number => new LumaJob { Kind = LumaJobKind.Generation, Name = $"shot-{number}" })];
        IReadOnlyList<LumaUsage> usage = await Task.Run(() => LumaUsage.Measure("here", jobs, LumaUsageGroup.Kind, LumaUsageGroup.Name))
            .WaitAsync(TestService.Patience);
        Assert.Equal(jobs.Length, usage.Count);
    }

    [Fact]
    public void A_quota_that_no_price_has_does_not_end_the_report()
    {
        LumaJob[] jobs = [.. Enumerable.Repeat(new LumaJob { Quota = 7e28m }, 2)];
        Assert.Equal(decimal.MaxValue, Assert.Single(LumaUsage.Measure("here", jobs)).Quota);
    }

    [Fact]
    public void Of_no_jobs_is_one_line_of_zeros_and_no_group()
    {
        LumaUsage usage = Assert.Single(LumaUsage.Measure("here", []));
        Assert.Equal((0, 0m, 0m, 0, null, null), (usage.Jobs, usage.Quota, usage.USD, usage.QuotaUnknown, usage.First, usage.Last));
        Assert.Empty(LumaUsage.Measure("here", [], LumaUsageGroup.Day));
    }

    [Fact]
    public void Groups_in_order_and_whatever_the_culture()
    {
        foreach (string culture in new[] { "", "th-TH", "ar-SA", "de-DE" })
        {
            Cultures.With(culture, () =>
            {
                Assert.Equal(
                    ["2026-10", "2026-11"], LumaUsage.Measure("here", _jobs.Reverse(), LumaUsageGroup.Month).Select(usage => usage.Month));
                Assert.Equal(["2026-10-31", "2026-11-01", "2026-11-02"],
                    LumaUsage.Measure("here", _jobs, LumaUsageGroup.Day).Select(usage => usage.Day));
            });
        }
    }

    [Fact]
    public void Case_tells_no_models_apart_and_a_missing_one_is_a_group()
    {
        IReadOnlyList<LumaUsage> usages = LumaUsage.Measure("here", _jobs, LumaUsageGroup.Model);
        Assert.Equal([LumaUsage.None, "ray-v2", "ray-v3"], usages.Select(usage => usage.Model));
        Assert.Equal([1, 2, 3], usages.Select(usage => usage.Jobs));
        Assert.Equal([0, 0, 3], usages.Select(usage => usage.QuotaUnknown));
    }

    [Fact]
    public void Several_keys_are_one_line_for_each_combination()
    {
        IReadOnlyList<LumaUsage> usages =
            LumaUsage.Measure("here", _jobs, LumaUsageGroup.Month, LumaUsageGroup.Status, LumaUsageGroup.Month);
        Assert.Equal(
            [("2026-10", "Succeeded", 1), ("2026-11", "Failed", 1), ("2026-11", "Pending", 1), ("2026-11", "Running", 1),
                ("2026-11", "Succeeded", 1), ("2026-11", "Unconfirmed", 1)],
            usages.Select(usage => (usage.Month!, usage.Status!, usage.Jobs)));
    }

    [Theory]
    [InlineData(LumaUsageGroup.Mode, "fast")]
    [InlineData(LumaUsageGroup.Status, "Succeeded")]
    [InlineData(LumaUsageGroup.Kind, "Generation")]
    [InlineData(LumaUsageGroup.Name, "shot 1")]
    public void Each_key_has_its_column(LumaUsageGroup key, string value)
    {
        LumaUsage usage = Assert.Single(LumaUsage.Measure("here", [_jobs[0] with { Name = "shot 1" }], key));
        Assert.Equal(value, typeof(LumaUsage).GetProperty(key.ToString())!.GetValue(usage));
        string?[] columns = [usage.Day, usage.Month, usage.Model, usage.Mode, usage.Status, usage.Kind, usage.Name];
        Assert.Single(columns, column => column is not null);
    }

    [Fact]
    public void A_job_made_elsewhere_counts_when_its_end_was_seen()
    {
        LumaJob adopted = _jobs[0] with { SubmittedAt = null, CompletedAt = new DateTime(2026, 11, 3) };
        Assert.Equal("2026-11-03", Assert.Single(LumaUsage.Measure("here", [adopted], LumaUsageGroup.Day)).Day);
        Assert.Equal(
            LumaUsage.None, Assert.Single(LumaUsage.Measure("here", [adopted with { CompletedAt = null }], LumaUsageGroup.Day)).Day);
    }

    private static LumaJob Job(string at, string status, decimal? quota, string? model, string? mode) => new()
    {
        Id = at,
        Kind = LumaJobKind.Generation,
        SubmittedAt = DateTime.Parse(at, System.Globalization.CultureInfo.InvariantCulture),
        Status = status,
        Quota = quota,
        Model = model,
        Mode = mode,
    };
}
