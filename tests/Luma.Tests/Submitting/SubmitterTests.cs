using System.Text.Json;

namespace Luma.Tests;

/// <summary>Submitting through the journal, over real HTTP: a name is charged once, whoever asks for it and whatever happens.</summary>
public sealed class SubmitterTests : IDisposable
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);

    private readonly JournalFolder _folder = new();
    private readonly LumaSandbox _sandbox = LumaSandbox.Start(new LumaSandboxOptions { JobSeconds = 0, RecordRequests = true });

    public void Dispose()
    {
        _sandbox.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Intent_is_on_disk_before_the_request_is_sent_and_the_jobId_before_it_is_returned()
    {
        var release = new TaskCompletionSource();
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(release.Task));
        Task<SubmitResult> submit = Process().Submitter.SubmitAsync(Request(null));
        await _sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations).WaitAsync(_soon);
        Assert.Equal("intent", Event(Assert.Single(_folder.Lines())));

        release.SetResult();
        LumaJob job = (await submit.WaitAsync(_soon)).Job;
        Assert.Equal(["intent", "accepted"], _folder.Lines().Select(Event));
        Assert.Equal(job.JobId, JsonDocument.Parse(_folder.Lines()[1]).RootElement.GetProperty("jobId").GetString());
        Assert.DoesNotContain(_sandbox.ApiKey, string.Concat(_folder.Lines()), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Same_name_and_request_are_charged_once(bool isHalfACharacter)
    {
        // Half a character, as cutting a text by its length leaves it; written as UTF-8 it is another text.
        string half = isHalfACharacter ? "\ud83d" : "";
        LumaJob job = (await Process().Submitter.SubmitAsync(Request("shot-01" + half, "prompt" + half))).Job;
        SubmitResult again =
            await Process().Submitter.SubmitAsync(Request("SHOT-01" + half, "prompt" + half, hookUrl: "https://hook.example/other"));
        Assert.Equal((job.JobId, job.Id, null), (again.Job.JobId, again.Job.Id, again.Problem));
        Assert.Equal(1, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task Without_a_name_every_submit_is_its_own()
    {
        (_, Submitter submitter) = Process();
        await submitter.SubmitAsync(Request(null));
        await submitter.SubmitAsync(Request(null));
        Assert.Equal(2, _sandbox.Jobs.Count);
    }

    [Fact]
    public async Task Another_request_under_the_name_is_a_conflict_that_names_what_differs()
    {
        await Process().Submitter.SubmitAsync(
            new GenerationRequest { Name = "n", Prompt = "a red car", AspectRatio = "16:9", Loop = true });
        LumaException error = await Assert.ThrowsAsync<LumaException>(() => Process().Submitter.SubmitAsync(
            new GenerationRequest { Name = "n", Prompt = "a blue car", AspectRatio = "16:9", Duration = "10", Loop = true }));
        Assert.Equal((LumaErrorId.LumaNameConflict, _sandbox.Jobs[0].JobId), (error.ErrorId, error.JobId));
        Assert.Contains("Prompt was 'a red car' and is now 'a blue car'; Duration was not given and is now '10s'", error.Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("AspectRatio", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Loop", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, _sandbox.SubmitCount);

        // With force there are two, and each request finds its own.
        LumaJob forced = (await Process().Submitter.SubmitAsync(Request("n", "a blue car"), force: true)).Job;
        Assert.Equal(forced.JobId, (await Process().Submitter.SubmitAsync(Request("n", "a blue car"))).Job.JobId);
        Assert.Equal(2, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task A_record_with_the_spelling_of_an_older_version_is_the_same_request()
    {
        const string JobId = "11111111-1111-1111-1111-111111111111";
        var written = new JournalLine
        {
            Event = JournalEvents.Intent,
            Id = "0123456789abcdef",
            Service = Service,
            At = DateTime.UtcNow,
            Kind = LumaJobKind.Generation,
            Name = "n",
            Request = new()
            {
                Prompt = "\uFEFFa red car",
                Mode = "Fast",
                Resolution = "1080P",
                AspectRatio = "16:09",
                ImageUrl = "https://example.test/a.png\u200B",
            },
        };
        _folder.Write(
            "older", [written, new JournalLine { Event = JournalEvents.Accepted, Id = written.Id, JobId = JobId, At = DateTime.UtcNow }]);
        GenerationRequest request = new() { Name = "n", Prompt = "a red car", Mode = "fast", Resolution = "1080", AspectRatio = "16:9",
            ImageUrl = "https://example.test/a.png" };
        Assert.Equal(JobId, (await Process().Submitter.SubmitAsync(request)).Job.JobId);
        Assert.Equal(0, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task Failed_job_is_submitted_three_times_in_total_and_again_with_Force()
    {
        (Journal journal, Submitter submitter) = Process();
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            SubmitResult made = await submitter.SubmitAsync(Request());
            Assert.Null(made.Problem);
            Assert.Equal(attempt, _sandbox.SubmitCount);
            await journal.StatusAsync(made.Job with { Status = LumaJobStatus.Failed, Message = "internal error" });
        }

        SubmitResult given = await Process().Submitter.SubmitAsync(Request());
        Assert.Equal((LumaJobStatus.Failed, LumaErrorId.LumaJobFailed), (given.Job.Status, given.Problem!.ErrorId));
        Assert.Contains("failed 3 times", given.Problem.Message, StringComparison.Ordinal);
        Assert.Contains("internal error", given.Problem.Message, StringComparison.Ordinal);
        Assert.Equal(3, _sandbox.SubmitCount);

        LumaJob forced = (await Process().Submitter.SubmitAsync(Request(), force: true)).Job;
        Assert.Equal(forced.JobId, (await Process().Submitter.SubmitAsync(Request())).Job.JobId);
        Assert.Equal(4, _sandbox.SubmitCount);
    }

    [Theory]
    [InlineData("Advanced prompt moderation failed")]
    [InlineData("Banned words: x")]
    public async Task Job_that_did_not_pass_moderation_is_not_submitted_again_automatically(string reason)
    {
        (Journal journal, Submitter submitter) = Process();
        SubmitResult made = await submitter.SubmitAsync(Request());
        await journal.StatusAsync(made.Job with { Status = LumaJobStatus.Failed, Message = reason });

        SubmitResult given = await Process().Submitter.SubmitAsync(Request());
        Assert.Equal(
            (made.Job.JobId, LumaJobStatus.Failed, LumaErrorId.LumaJobFailed), (given.Job.JobId, given.Job.Status, given.Problem!.ErrorId));
        Assert.Contains(reason, given.Problem.Message, StringComparison.Ordinal);
        Assert.Contains("did not pass moderation", given.Problem.Message, StringComparison.Ordinal);
        Assert.Equal(1, _sandbox.SubmitCount);

        await Process().Submitter.SubmitAsync(Request(), force: true);
        Assert.Equal(2, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task An_unconfirmed_submit_is_not_sent_again_until_it_is_settled_or_forced()
    {
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.CloseWithoutReply());
        (Journal journal, Submitter submitter) = Process();
        Assert.Equal(
            LumaErrorId.LumaSubmitUnconfirmed, (await Assert.ThrowsAsync<LumaException>(() => submitter.SubmitAsync(Request()))).ErrorId);
        Assert.Equal(LumaJobStatus.Unconfirmed, Assert.Single(journal.Jobs(Service)).Status);
        LumaException error = await Assert.ThrowsAsync<LumaException>(() => Process().Submitter.SubmitAsync(Request()));
        Assert.Equal(LumaErrorId.LumaSubmitUnconfirmed, error.ErrorId);
        Assert.Contains(journal.Jobs(Service)[0].Id!, error.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(1, _sandbox.SubmitCount);

        // The provider has told its id: the record is settled, and the name gives the job.
        string jobId = Assert.Single(_sandbox.Jobs).JobId;
        LumaJob adopted = await Process().Submitter.AdoptAsync(
            new LumaJob { JobId = jobId, Status = LumaJobStatus.Running, Service = Service, Prompt = "a red car" }, "SHOT-01");
        Assert.Equal(journal.Jobs(Service)[0].Id, adopted.Id);
        LumaJob settled = Assert.Single(Process().Journal.Jobs(Service));
        Assert.Equal((jobId, LumaJobStatus.Running, null), (settled.JobId, settled.Status, settled.Message));
        Assert.Equal(jobId, (await Process().Submitter.SubmitAsync(Request())).Job.JobId);
        Assert.Equal(1, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task An_unconfirmed_submit_is_sent_again_with_force()
    {
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.CloseWithoutReply());
        await Assert.ThrowsAsync<LumaException>(() => Process().Submitter.SubmitAsync(Request()));
        LumaJob forced = (await Process().Submitter.SubmitAsync(Request(), force: true)).Job;
        Assert.Equal(forced.JobId, (await Process().Submitter.SubmitAsync(Request())).Job.JobId);
        Assert.Equal(2, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task A_job_learned_elsewhere_is_recorded_once_and_keeps_its_name()
    {
        var job = new LumaJob
            { JobId = "11111111-1111-1111-1111-111111111111", Status = LumaJobStatus.Running, Service = Service, Prompt = "a red car" };
        Submitter submitter = Process().Submitter;
        LumaJob first = await submitter.AdoptAsync(job, "shot-01");
        Assert.Equal(first.Id, (await Process().Submitter.AdoptAsync(job, "Shot-01")).Id);
        Assert.Equal(
            LumaErrorId.LumaNameConflict, (await Assert.ThrowsAsync<LumaException>(() => submitter.AdoptAsync(job, "other"))).ErrorId);
        Assert.Equal(
            LumaErrorId.LumaNameConflict,
            (await Assert.ThrowsAsync<LumaException>(
                () => submitter.AdoptAsync(job with { JobId = "22222222-2222-2222-2222-222222222222" }, "shot-01"))).ErrorId);
        Assert.Equal(
            job.JobId,
            (await Process().Submitter.SubmitAsync(
                new GenerationRequest { Name = "shot-01", Prompt = "a red car", Model = "ray-v2" })).Job.JobId);
        Assert.Single(Process().Journal.Jobs(Service));
        Assert.Equal(0, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task Id_of_a_removed_record_is_ignored_when_its_job_is_adopted()
    {
        (Journal journal, Submitter submitter) = Process();
        LumaJob job = (await submitter.SubmitAsync(Request(null))).Job;
        await journal.RemoveAsync(job.Id!);

        LumaJob adopted = await Process().Submitter.AdoptAsync(job, "keep");
        Assert.NotEqual(job.Id, adopted.Id);
        Assert.Equal((job.JobId, "keep"), (Assert.Single(Process().Journal.Jobs(Service)).JobId, adopted.Name));
        Assert.Equal(job.JobId, (await Process().Submitter.SubmitAsync(Request("keep"))).Job.JobId);
        Assert.Equal(1, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task Id_of_another_journal_is_ignored_too()
    {
        var job = new LumaJob { Id = "00000000000000ff", JobId = "11111111-1111-1111-1111-111111111111", Status = LumaJobStatus.Running,
            Service = Service, Prompt = "a red car" };
        await Process().Submitter.AdoptAsync(job, "shot-01");
        Assert.Equal(job.JobId, (await Process().Submitter.SubmitAsync(Request())).Job.JobId);
        Assert.Equal(0, _sandbox.SubmitCount);
    }

    [Theory]
    [InlineData("a red car", null, true)]
    [InlineData(null, null, true)]
    [InlineData("a blue car", null, false)]
    [InlineData("a red car", "https://hook.example/another", false)]
    public async Task Unconfirmed_submit_is_resolved_only_with_a_job_of_its_request(string? prompt, string? hookUrl, bool isSettled)
    {
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.CloseWithoutReply());
        (Journal journal, Submitter submitter) = Process();
        await Assert.ThrowsAsync<LumaException>(() => submitter.SubmitAsync(Request()));
        string unconfirmed = journal.Jobs(Service)[0].Id!;
        var job = new LumaJob { JobId = "11111111-1111-1111-1111-111111111111", Status = LumaJobStatus.Running, Service = Service,
            Prompt = prompt, HookUrl = hookUrl };
        Task<LumaJob> adopting = Process().Submitter.AdoptAsync(job, "shot-01");
        if (isSettled)
        {
            Assert.Equal(unconfirmed, (await adopting).Id);
            return;
        }

        LumaException error = await Assert.ThrowsAsync<LumaException>(() => adopting);
        Assert.Equal((LumaErrorId.LumaNameConflict, job.JobId), (error.ErrorId, error.JobId));
        Assert.Contains($"Remove-LumaJob -Id {unconfirmed}", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Null(Assert.Single(Process().Journal.Jobs(Service)).JobId);
    }

    [Fact]
    public async Task A_name_in_another_Unicode_form_and_with_another_blank_is_the_same_name()
    {
        string jobId = (await Process().Submitter.SubmitAsync(Request("Käse 01"))).Job.JobId!;
        Assert.Equal(jobId, (await Process().Submitter.SubmitAsync(Request("KA\u0308SE\u00A001"))).Job.JobId);
        Assert.Equal(1, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task A_submit_that_a_living_process_has_forgotten_is_unconfirmed_after_an_hour()
    {
        _folder.Live("p");
        JournalLine intent = JournalLines.Intent("a", "shot-01", service: Service);
        _folder.Write("p", [intent, JournalLines.Intent("w", "waits", service: Service, waiting: true)]);
        Journal Late(TimeSpan after)
        {
            var time = new ManualTimeProvider();
            time.SetWallClock(intent.At + after - time.GetUtcNow());
            return _folder.Open(time);
        }

        Assert.Equal(LumaJobStatus.Pending, Late(Journal.LongestRequest).Get(Service, "a")!.Status);
        Journal late = Late(Journal.LongestRequest + TimeSpan.FromSeconds(1));
        Assert.Equal(LumaJobStatus.Unconfirmed, late.Get(Service, "a")!.Status);
        // Nothing of it has left: it is not overdue, whenever that was.
        Assert.Equal(LumaJobStatus.Pending, late.Get(Service, "w")!.Status);
        LumaException error =
            await Assert.ThrowsAsync<LumaException>(() => Process(late).Submitter.SubmitAsync(Request()).WaitAsync(_soon));
        Assert.Equal(LumaErrorId.LumaSubmitUnconfirmed, error.ErrorId);
        Assert.Equal(0, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task Long_wait_for_a_name_causes_one_warning_that_names_its_holder()
    {
        FileStream process = _folder.Live("p");
        _folder.Write("p", [JournalLines.Intent("a", "shot-01", service: Service)]);
        var time = new ManualTimeProvider();
        var told = new List<string>();
        Journal journal = _folder.Open();
        var submitter = new Submitter(new LumaClient(Connection(time), journal: journal), journal) { Waiting = told.Add };
        Task<SubmitResult> submit = submitter.SubmitAsync(Request());
        await time.SkipAsync(Task.Delay(TimeSpan.FromSeconds(9), time), 2);
        Assert.Empty(told);
        await time.SkipAsync(Task.Delay(TimeSpan.FromSeconds(9), time), 2);
        string warning = Assert.Single(told);
        Assert.Contains("'shot-01'", warning, StringComparison.Ordinal);
        Assert.Contains("Id a", warning, StringComparison.Ordinal);

        process.Dispose();
        await time.SkipAsync(Task.WhenAny(submit));
        Assert.Equal(LumaErrorId.LumaSubmitUnconfirmed, (await Assert.ThrowsAsync<LumaException>(() => submit)).ErrorId);
    }

    [Theory]
    [InlineData(",\"quota\":\"25\"")]
    [InlineData(",\"width\":640")]
    [InlineData(",\"height\":360")]
    [InlineData(null)]
    public async Task Each_later_detail_of_a_job_is_recorded_separately(string? more)
    {
        (Journal journal, Submitter submitter) = Process();
        LumaJob job = (await submitter.SubmitAsync(Request())).Job;
        var client = new LumaClient(Connection(), journal: journal);
        string Answer(string message, string data) =>
            $$$"""
            {"status":"SUCCESS","jobId":"{{{job.JobId}}}","message":{{{message}}},"data":{"videoUrl":"https://v.example/1.mp4"{{{data}}}}}
            """;
        _sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Reply(200, "application/json", Answer("null", "")),
            SandboxFault.Reply(200, "application/json", Answer(more is null ? "\"late\"" : "null", more ?? "")));
        job = await client.FetchAsync(await client.FetchAsync(job));
        LumaJob recorded = Process().Journal.Get(Service, job.Id!)!;
        Assert.Equal((job.Quota, job.Width, job.Height, job.Message), (recorded.Quota, recorded.Width, recorded.Height, recorded.Message));
        Assert.Single(new object?[] { recorded.Quota, recorded.Width, recorded.Height, recorded.Message }, told => told is not null);
    }

    [Theory]
    [InlineData("a red\u000Bcar")]
    [InlineData("a \u001b[31mred car")]
    public async Task Prompt_with_control_characters_is_recognized_again(string prompt)
    {
        GenerationRequest request = Request() with { Prompt = prompt };
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.CloseWithoutReply());
        await Assert.ThrowsAsync<LumaException>(() => Process().Submitter.SubmitAsync(request));
        LumaJob found = await new LumaClient(Connection()).FetchAsync(new LumaJob { JobId = _sandbox.Jobs[0].JobId });
        Assert.DoesNotContain(found.Prompt!, char.IsControl);
        await Process().Submitter.AdoptAsync(found, "shot-01"); // It settles the submit.
        Assert.Equal(found.JobId, (await Process().Submitter.SubmitAsync(request)).Job.JobId);
        // It has no submit here.
        await Process().Submitter.AdoptAsync(found with { JobId = "11111111-1111-1111-1111-111111111111", Id = null }, "other");
        Assert.Equal(
            "11111111-1111-1111-1111-111111111111", (await Process().Submitter.SubmitAsync(request with { Name = "other" })).Job.JobId);
        Assert.Equal(1, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task Later_details_of_a_finished_job_are_recorded()
    {
        (Journal journal, Submitter submitter) = Process();
        LumaJob job = (await submitter.SubmitAsync(Request())).Job;
        var client = new LumaClient(Connection(), journal: journal);
        string Answer(string more) =>
            $$$"""
            {"status":"SUCCESS","jobId":"{{{job.JobId}}}","message":"success","data":{"videoUrl":"https://v.example/1.mp4"{{{more}}}}}
            """;
        _sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.Reply(200, "application/json", Answer("")),
            SandboxFault.Reply(200, "application/json", Answer(""","quota":"25","width":640,"height":360""")));
        job = await client.FetchAsync(job);
        Assert.Null(Process().Journal.Get(Service, job.Id!)!.Quota);
        job = await client.FetchAsync(job);
        LumaJob recorded = Process().Journal.Get(Service, job.Id!)!;
        Assert.Equal((job.Quota, job.Width, job.Height), (recorded.Quota, recorded.Width, recorded.Height));
        Assert.NotNull(recorded.Quota);
    }

    [Fact]
    public async Task A_429_in_the_middle_keeps_the_name_taken()
    {
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(429, "too many requests", ("Retry-After", "1")));
        (Journal journal, Submitter submitter) = Process();
        Task<SubmitResult> first = submitter.SubmitAsync(Request());
        await Until.True(() => journal.Named(Service, "shot-01").Any(record => record.IsWaiting && Directory.Exists(_folder.Path)
            && _folder.Lines().Any(line => Event(line) == "refused")), "the refusal in the journal");
        Task<SubmitResult> second = Process().Submitter.SubmitAsync(Request());
        Assert.False(first.IsCompleted);
        Assert.Equal((await first.WaitAsync(_soon)).Job.JobId, (await second.WaitAsync(_soon)).Job.JobId);
        Assert.Equal(2, _sandbox.SubmitCount);
        Assert.Single(_sandbox.Jobs);
        Assert.Equal(["intent", "intent", "refused", "intent", "accepted"], _folder.Lines().Select(Event));
    }

    [Fact]
    public async Task Simultaneous_submits_of_one_name_make_one_job()
    {
        var release = new TaskCompletionSource();
        _sandbox.MisbehaveAlways(SandboxTarget.Submit, SandboxFault.None.AfterRelease(release.Task));
        Submitter shared = Process().Submitter;
        Task<SubmitResult>[] submits =
            [.. Enumerable.Range(0, 6).Select(i => Task.Run(() => (i % 2 == 0 ? shared : Process().Submitter).SubmitAsync(Request())))];
        await _sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations).WaitAsync(_soon);
        Assert.DoesNotContain(submits, submit => submit.IsCompleted);
        release.SetResult();
        SubmitResult[] made = await Task.WhenAll(submits).WaitAsync(_soon);
        Assert.Single(made.Select(submitted => submitted.Job.JobId).Distinct());
        Assert.Equal(1, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task A_refusal_frees_the_name()
    {
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(400, "banned words"));
        Assert.Equal(LumaErrorId.LumaBadRequest,
            (await Assert.ThrowsAsync<LumaException>(() => Process().Submitter.SubmitAsync(Request()))).ErrorId);
        Assert.Empty(Process().Journal.Jobs(Service));
        await Process().Submitter.SubmitAsync(Request(prompt: "something else"));
        Assert.Single(_sandbox.Jobs);
    }

    [Fact]
    public async Task Submit_stopped_before_it_is_sent_frees_the_name()
    {
        // The first is refused for a while, so that it waits.
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(429, "too many requests", ("Retry-After", "60")));
        using var stop = new CancellationTokenSource();
        Task<SubmitResult> stopped = Process().Submitter.SubmitAsync(Request(), cancellationToken: stop.Token);
        await Until.True(
            () => Directory.Exists(_folder.Path) && _folder.Lines().Any(line => Event(line) == "refused"), "the refusal in the journal");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped.WaitAsync(_soon));
        Assert.Equal("unsent", Event(_folder.Lines()[^1]));
        Assert.Empty(Process().Journal.Jobs(Service));

        SubmitResult other = await Process().Submitter.SubmitAsync(Request(prompt: "something else")).WaitAsync(_soon);
        Assert.Equal(other.Job.JobId, Assert.Single(_sandbox.Jobs).JobId);
    }

    [Fact]
    public async Task Submit_stopped_after_it_was_sent_is_awaited_and_recorded()
    {
        var release = new TaskCompletionSource();
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(release.Task));
        using var stop = new CancellationTokenSource();
        Task<SubmitResult> submit = Process().Submitter.SubmitAsync(Request(), cancellationToken: stop.Token);
        await _sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations).WaitAsync(_soon);
        await stop.CancelAsync();
        release.SetResult();
        Assert.Equal(_sandbox.Jobs[0].JobId, (await submit.WaitAsync(_soon)).Job.JobId);
        Assert.Equal(_sandbox.Jobs[0].JobId, Assert.Single(Process().Journal.Jobs(Service)).JobId);
    }

    [Theory]
    [InlineData("shot-01")]
    [InlineData(null)]
    public async Task Request_that_cannot_be_recorded_is_not_sent(string? name)
    {
        _folder.Write("file", "");
        Journal journal = Journal.At(Path.Combine(_folder.Path, "file.jsonl"));
        LumaException error = await Assert.ThrowsAsync<LumaException>(() => Process(journal).Submitter.SubmitAsync(Request(name)));
        Assert.Equal(LumaErrorId.LumaJournalError, error.ErrorId);
        Assert.Equal(0, _sandbox.SubmitCount);
    }

    [Fact]
    public async Task Job_whose_answer_cannot_be_recorded_is_returned_with_its_id_in_the_error()
    {
        if (!File.Exists(FullDisk.Device)) return;
        var release = new TaskCompletionSource();
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(release.Task));
        (Journal journal, Submitter submitter) = Process();
        Task<SubmitResult> submit = submitter.SubmitAsync(Request());
        await _sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations).WaitAsync(_soon);
        _ = FullDisk.Fill(journal, _folder);
        release.SetResult();
        SubmitResult made = await submit.WaitAsync(_soon);
        string jobId = Assert.Single(_sandbox.Jobs).JobId;
        Assert.Equal((jobId, jobId, LumaErrorId.LumaJournalError), (made.Job.JobId, made.Problem!.JobId, made.Problem.ErrorId));
        Assert.Contains(jobId, made.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_fills_up_after_the_name_is_taken_does_not_keep_it_for_ever()
    {
        if (!File.Exists(FullDisk.Device)) return;
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.Status(429, "too many requests", ("Retry-After", "1")));
        (Journal journal, Submitter submitter) = Process();
        Task<SubmitResult> first = submitter.SubmitAsync(Request());
        await Until.True(
            () => Directory.Exists(_folder.Path) && _folder.Lines().Any(line => Event(line) == "refused"), "the refusal in the journal");
        JournalWriter? before = FullDisk.Fill(journal, _folder);
        Assert.Equal(LumaErrorId.LumaJournalError, (await Assert.ThrowsAsync<LumaException>(() => first.WaitAsync(_soon))).ErrorId);

        FullDisk.Empty(journal, before);
        SubmitResult again = await submitter.SubmitAsync(Request()).WaitAsync(_soon);
        Assert.Equal(again.Job.JobId, Assert.Single(_sandbox.Jobs).JobId);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    public async Task A_name_whose_end_could_not_be_written_is_unconfirmed_and_not_waited_for(int code)
    {
        if (!File.Exists(FullDisk.Device)) return;
        var release = new TaskCompletionSource();
        _sandbox.Misbehave(
            SandboxTarget.Submit, (code == 200 ? SandboxFault.None : SandboxFault.Status(code, "banned words")).AfterRelease(release.Task));
        (Journal journal, Submitter submitter) = Process();
        Task<SubmitResult> first = submitter.SubmitAsync(Request());
        await _sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations).WaitAsync(_soon);
        JournalWriter? before = FullDisk.Fill(journal, _folder);
        release.SetResult();
        await Task.WhenAny(first).WaitAsync(_soon);
        FullDisk.Empty(journal, before);

        Assert.Equal(LumaJobStatus.Unconfirmed, Assert.Single(journal.Jobs(Service)).Status);
        LumaException error = await Assert.ThrowsAsync<LumaException>(() => submitter.SubmitAsync(Request()).WaitAsync(_soon));
        Assert.Equal(LumaErrorId.LumaSubmitUnconfirmed, error.ErrorId);
        Assert.Equal(1, _sandbox.SubmitCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Job_adopted_during_a_submit_of_its_name_leaves_the_record_of_that_submit_alone(bool sameProcess)
    {
        var release = new TaskCompletionSource();
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(release.Task));
        (Journal journal, Submitter submitter) = Process();
        Task<SubmitResult> submit = submitter.SubmitAsync(Request());
        await _sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations).WaitAsync(_soon);
        var other = new LumaJob
            { JobId = "11111111-1111-1111-1111-111111111111", Status = LumaJobStatus.Running, Service = Service, Prompt = "a red car" };
        LumaJob adopted = await (sameProcess ? submitter : Process().Submitter).AdoptAsync(other, "shot-01");
        release.SetResult();
        LumaJob made = (await submit.WaitAsync(_soon)).Job;

        Assert.NotEqual(made.Id, adopted.Id);
        Assert.Equal(made.Id, Process().Journal.Find(Service, made.JobId!)?.Id);
        Assert.Equal(adopted.Id, journal.Find(Service, other.JobId)?.Id);
    }

    [Fact]
    public async Task A_job_adopted_without_what_was_asked_for_stands_for_any_request_of_its_name()
    {
        var job = new LumaJob { JobId = "11111111-1111-1111-1111-111111111111", Status = LumaJobStatus.Running, Service = Service };
        await Process().Submitter.AdoptAsync(job, "shot-01");
        Assert.Equal(job.JobId, (await Process().Submitter.SubmitAsync(Request())).Job.JobId);
        Assert.Equal(0, _sandbox.SubmitCount);
    }

    [Theory]
    [InlineData(""" "data":{"userPrompt":"a red car"} """, true)]
    [InlineData(""" "data":{"userPrompt":"a blue car"} """, false)]
    [InlineData(""" "data":{} """, false)]
    public async Task Callback_resolves_a_lost_submit_only_with_the_same_prompt(string told, bool isSettled)
    {
        const string JobId = "11111111-1111-1111-1111-111111111111";
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.CloseWithoutReply());
        (Journal journal, Submitter submitter) = Process();
        await Assert.ThrowsAsync<LumaException>(() => submitter.SubmitAsync(Request()));
        _sandbox.Misbehave(
            SandboxTarget.Fetch, SandboxFault.Reply(200, "application/json", $$"""{"status":"ON_QUEUE","jobId":"{{JobId}}",{{told}}}"""));
        await submitter.SettleAsync(journal.Jobs(Service)[0].Id!, JobId).WaitAsync(_soon);
        Assert.Equal(isSettled ? JobId : null, Assert.Single(Process().Journal.Jobs(Service)).JobId);
    }

    [Fact]
    public async Task Callback_at_the_same_time_as_the_answer_does_not_replace_it()
    {
        (Journal journal, Submitter submitter) = Process();
        string elsewhere = (await new LumaClient(Connection()).SubmitAsync(Request(null))).JobId!;
        var answer = new TaskCompletionSource();
        var fetch = new TaskCompletionSource();
        _sandbox.Misbehave(SandboxTarget.Submit, SandboxFault.None.AfterRelease(answer.Task));
        _sandbox.Misbehave(SandboxTarget.Fetch, SandboxFault.None.AfterRelease(fetch.Task));
        Task<SubmitResult> submit = submitter.SubmitAsync(Request());
        await _sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Generations && _sandbox.SubmitCount == 2)
            .WaitAsync(_soon);
        Task settle = submitter.SettleAsync(journal.Jobs(Service)[0].Id!, elsewhere);
        await _sandbox.WaitForRequestAsync(request => request.Target == SandboxTarget.Fetch).WaitAsync(_soon);
        answer.SetResult();
        LumaJob made = (await submit.WaitAsync(_soon)).Job;
        fetch.SetResult();
        await settle.WaitAsync(_soon);
        Assert.Equal(made.JobId, Assert.Single(Process().Journal.Jobs(Service)).JobId);
    }

    [Fact]
    public async Task Jobs_in_the_journal_are_returned_even_when_nothing_more_may_be_sent()
    {
        LumaJob known = (await Process().Submitter.SubmitAsync(Request())).Job;
        (Journal journal, Submitter submitter) = Process();
        var refused = new Submitter(new LumaClient(Connection(), journal: journal), journal)
            { Refusal = () => new LumaException(LumaErrorId.LumaQuotaExhausted, "no quota") };
        Assert.Equal(known.JobId, (await refused.SubmitAsync(Request())).Job.JobId);
        foreach (GenerationRequest request in new[] { Request("shot-02"), Request(null) })
        {
            Assert.Equal(
                LumaErrorId.LumaQuotaExhausted, (await Assert.ThrowsAsync<LumaException>(() => refused.SubmitAsync(request))).ErrorId);
        }

        Assert.Equal(1, _sandbox.SubmitCount);
        Assert.Single(journal.Jobs(Service));
        await submitter.SubmitAsync(Request("shot-02")); // The name is free.
    }

    private static GenerationRequest Request(string? name = "shot-01", string prompt = "a red car", string? hookUrl = null) =>
        new() { Name = name, Prompt = prompt, HookUrl = hookUrl };

    private static string Event(string line) => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()!;

    // Each has a journal of its own over the same folder, with its own segment and locks, as each process has.
    private (Journal Journal, Submitter Submitter) Process(Journal? journal = null)
    {
        journal ??= _folder.Open();
        return (journal, new Submitter(new LumaClient(Connection(), journal: journal), journal));
    }

    private LumaConnection Connection(TimeProvider? time = null) =>
        new(new LumaConnectionOptions { ApiKey = _sandbox.ApiKey, BaseUri = _sandbox.BaseUri, Time = time ?? TimeProvider.System },
            Luma.Http.HttpPipeline.Create);

    private string Service => LumaConnection.ServiceOf(_sandbox.BaseUri);
}
