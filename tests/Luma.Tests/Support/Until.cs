namespace Luma.Tests.Support;

/// <summary>Waits for what nothing announces.</summary>
internal static class Until
{
    private static readonly TimeSpan _longest =
        TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("LUMAPS_TEST_MINUTES") is null ? 30 : 120);

    public static async Task True(Func<bool> condition, string what)
    {
        using var over = new CancellationTokenSource(_longest);
        while (!condition())
        {
            if (over.IsCancellationRequested) Assert.Fail($"It did not come about: {what}");
            await Task.Delay(5);
        }
    }
}
