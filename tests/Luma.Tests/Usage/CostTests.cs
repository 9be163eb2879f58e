namespace Luma.Tests;

/// <summary>What requests are estimated to cost, and budgets that rest on it.</summary>
public class CostTests
{
    private static readonly CancellationToken _never = CancellationToken.None;

    [Fact]
    public void Cost_without_comparable_jobs_is_unknown()
    {
        var costs = new CostTable([Job(50, mode: "fast"), Job(null), Job(30) with { Status = LumaJobStatus.Failed }]);
        Assert.Null(costs.Of(Job(null)));
        Assert.Null(costs.Of(Job(null, mode: "fast") with { Kind = LumaJobKind.Extension }));
        Assert.Null(new CostTable([]).Dearest);
    }

    [Fact]
    public void An_estimate_rests_on_jobs_of_the_same_kind_model_mode_length_and_resolution()
    {
        var costs = new CostTable([Job(30), Job(10), Job(20), Job(500, mode: "fast"), Job(90) with { Model = "ray-v1" },
            Job(80) with { Duration = "10s" }, Job(70) with { Resolution = "1080p" }]);
        LumaCost cost = costs.Of(Job(null))!;
        Assert.Equal((3, 10m, 20m, 30m), (cost.Jobs, cost.Least, cost.Median, cost.Most));
        Assert.Equal(500, costs.Dearest);
    }

    [Fact]
    public async Task Budget_is_never_exceeded_by_known_costs()
    {
        var budget = new QuotaBudget(50, new CostTable([Job(20), Job(25)]), paysUnknown: false);
        QuotaBudget.Share first = await budget.ReserveAsync(Job(null), _never);
        await budget.ReserveAsync(Job(null), _never);
        LumaException failure = await Assert.ThrowsAsync<LumaException>(() => budget.ReserveAsync(Job(null), _never));
        Assert.Equal(LumaErrorId.LumaBudgetExceeded, failure.ErrorId);
        first.GiveBack(); // It was refused: what was set aside for it is free.
        await budget.ReserveAsync(Job(null), _never);
    }

    [Fact]
    public async Task Jobs_of_unknown_cost_count_as_the_dearest_seen()
    {
        var budget = new QuotaBudget(150, new CostTable([Job(20), Job(100, mode: "fast")]), paysUnknown: false);
        await budget.ReserveAsync(Job(null, mode: "another"), _never);
        await Assert.ThrowsAsync<LumaException>(() => budget.ReserveAsync(Job(null, mode: "another"), _never));
        await budget.ReserveAsync(Job(null), _never);
    }

    [Fact]
    public async Task First_job_determines_the_cost_if_the_journal_has_none()
    {
        var costs = new CostTable([]);
        var budget = new QuotaBudget(50, costs, paysUnknown: false);
        QuotaBudget.Share first = await budget.ReserveAsync(Job(null), _never);
        Assert.True(first.IsAwaited);
        Task<QuotaBudget.Share> second = budget.ReserveAsync(Job(null), _never);
        Assert.False(second.IsCompleted);
        first.Learn(Job(30), costs);
        await Assert.ThrowsAsync<LumaException>(() => second.WaitAsync(TestService.Patience));
    }

    [Fact]
    public async Task Forced_call_does_not_wait_for_the_first_cost()
    {
        var budget = new QuotaBudget(1, new CostTable([]), paysUnknown: true);
        await budget.ReserveAsync(Job(null), _never);
        await budget.ReserveAsync(Job(null), _never);
    }

    [Theory]
    [InlineData("89504E470D0A1A0A", true)]
    [InlineData("FFD8FFE000104A46", true)]
    [InlineData("524946460000000057454250", true)]
    [InlineData("3C68746D6C3E", false)]
    [InlineData("", false)]
    public void A_picture_is_known_by_its_bytes(string head, bool isPicture) =>
        Assert.Equal(isPicture, LinkChecks.IsPicture(Convert.FromHexString(head)));

    private static LumaJob Job(decimal? quota, string? mode = null) =>
        new() { Kind = LumaJobKind.Generation, Mode = mode, Status = LumaJobStatus.Succeeded, Quota = quota };
}
