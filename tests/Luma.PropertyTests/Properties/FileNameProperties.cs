using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Luma.PropertyTests;

/// <summary>Whatever a job and a template hold, a file's name is one on Windows, Linux and macOS, and stays in its folder.</summary>
public sealed partial class FileNameProperties(ITestOutputHelper output) : PropertyTest(output)
{
    private const int LongestName = 255;
    private const string LongestSuffix = ".part.json";

    private static readonly string[] _placeholders =
        ["Id", "JobId", "Name", "Kind", "ParentJobId", "Prompt", "Model", "AspectRatio", "Duration", "Resolution", "Mode", "Date", "jobid"];

    [Fact]
    public void The_default_template_gives_a_safe_name() =>
        Holds(AnyJob, job => AssertSafe(new FileNameTemplate(FileNameTemplate.Default).NameFor(job)));

    [Fact]
    public void Any_template_gives_a_safe_name_or_a_typed_error() =>
        Holds(from job in AnyJob from template in AnyTemplate select (job, template), input =>
        {
            FileNameTemplate template;
            try
            {
                template = new FileNameTemplate(input.template);
            }
            catch (LumaException exception)
            {
                Assert.Equal(LumaErrorId.LumaInvalidValue, exception.ErrorId);
                return;
            }

            string name = template.NameFor(input.job);
            AssertSafe(name);
            Assert.Equal(name, new FileNameTemplate(input.template).NameFor(input.job));
        });

    [Fact]
    public void Two_jobs_never_get_one_name() =>
        Holds(from one in AnyJob from other in AnyJob from ids in Any.JobId.Two()
            select (one: one with { JobId = ids.Item1 }, other: other with { JobId = ids.Item2 }), input =>
        {
            if (input.one.JobId == input.other.JobId) return;
            var template = new FileNameTemplate(FileNameTemplate.Default);
            Assert.NotEqual(template.NameFor(input.one), template.NameFor(input.other), StringComparer.OrdinalIgnoreCase);
            Assert.NotEqual(template.NameFor(input.one), template.NameFor(input.one with { JobId = input.other.JobId }),
                StringComparer.OrdinalIgnoreCase);
        });

    [Fact]
    public void Long_prompt_is_shortened_and_the_jobId_is_kept() =>
        Holds(from prompt in Any.Text from times in Gen.Choose(1, 60) from jobId in Any.JobId
            select (prompt: string.Concat(Enumerable.Repeat(prompt + "x", times)), jobId), input =>
        {
            string name = new FileNameTemplate("{Prompt}-{JobId}").NameFor(new LumaJob { Prompt = input.prompt, JobId = input.jobId });
            AssertSafe(name);
            Assert.EndsWith(input.jobId + ".mp4", name, StringComparison.Ordinal);
        });

    private static Gen<LumaJob> AnyJob =>
        from texts in Any.MaybeText.ArrayOf(9)
        from id in Gen.Frequency((3, Any.JobId.Select(id => (string?)id)), (1, Any.MaybeText))
        from at in Any.Time
        from isSubmitted in Gen.Elements(true, false)
        select new LumaJob
        {
            Id = texts[0], JobId = id, Name = texts[1], Kind = texts[2], ParentJobId = texts[3], Prompt = texts[4], Model = texts[5],
            AspectRatio = texts[6], Duration = texts[7], Resolution = texts[8], Mode = texts[0], SubmittedAt = isSubmitted ? at : null,
            CompletedAt = at,
        };

    private static Gen<string> AnyTemplate => Gen.Frequency(
        (
            5,
            Gen.Frequency(
                (3, Gen.Elements(_placeholders).Select(name => $"{{{name}}}")), (2, Gen.Elements("-", "_", " ", ".", "video", " .", ". ")),
                (2, Any.Text.Select(text => text.Replace("/", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal))))
                .ListOf(5).Select(parts => string.Concat(parts))),
        (1, Any.Text));

    // The rules of the three systems, recorded apart from the code under test.
    private static void AssertSafe(string name)
    {
        Assert.EndsWith(".mp4", name, StringComparison.Ordinal);
        Assert.True(name.Length > ".mp4".Length, name);
        Assert.DoesNotContain(name, c => c is < ' ' or '\u007f' or '<' or '>' or ':' or '"' or '/' or '\\' or '|' or '?' or '*');
        Assert.False(name[0] == '.', $"'{name}' would be hidden.");
        Assert.InRange(Encoding.UTF8.GetByteCount(name + LongestSuffix), 1, LongestName);
        Assert.InRange((name + LongestSuffix).Length, 1, LongestName);
        Assert.Equal(name, new UTF8Encoding(false, throwOnInvalidBytes: true)
            .GetString(new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(name)));

        // Windows looks at what stands before the first dot, without the blanks at its end.
        Assert.False(Device().IsMatch(name.Split('.')[0].TrimEnd(' ')), $"'{name}' is a device.");

        string folder = Path.Combine(Path.GetTempPath(), "videos");
        string path = Path.GetFullPath(Path.Combine(folder, name));
        Assert.Equal((folder, name), (Path.GetDirectoryName(path), Path.GetFileName(path)));
    }

    [GeneratedRegex(
        @"^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Device();
}
