using System.Net;

namespace Luma.Tests;

/// <summary>The sandbox that refuses what is not documented goes by the same lists as the module.</summary>
public sealed class StrictSandboxTests
{
    [Fact]
    public async Task Strict_sandbox_accepts_every_documented_value()
    {
        await using var lab = new TestService();
        lab.Sandbox.Strict = true;
        foreach (DocumentedValues field in DocumentedValues.All)
        {
            foreach (string value in field.Values) Assert.NotNull((await lab.Client.SubmitAsync(With(field.Parameter, value))).JobId);
        }
    }

    [Fact]
    public async Task Strict_sandbox_refuses_a_value_of_each_field_that_is_not_documented()
    {
        await using var lab = new TestService();
        foreach (DocumentedValues field in DocumentedValues.All)
        {
            lab.Sandbox.Strict = true;
            LumaException failure = await TestService.FailureAsync(lab.Client.SubmitAsync(With(field.Parameter, "7x")));
            Assert.Equal((LumaErrorId.LumaBadRequest, HttpStatusCode.BadRequest), (failure.ErrorId, failure.StatusCode));
            Assert.Contains(field.Values[0], failure.Message, StringComparison.Ordinal);
            lab.Sandbox.Strict = false;
            Assert.NotNull((await lab.Client.SubmitAsync(With(field.Parameter, "7x"))).JobId);
        }
    }

    private static GenerationRequest With(string parameter, string value) => parameter switch
    {
        nameof(LumaJob.AspectRatio) => TestService.Car with { AspectRatio = value },
        nameof(LumaJob.Model) => TestService.Car with { Model = value },
        nameof(LumaJob.Duration) => TestService.Car with { Duration = value },
        nameof(LumaJob.Resolution) => TestService.Car with { Resolution = value },
        nameof(LumaJob.Mode) => TestService.Car with { Mode = value },
        _ => throw new ArgumentOutOfRangeException(nameof(parameter), parameter, null),
    };
}
