using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>
/// Tells what submitting would come to, before anything is charged: takes what <c>New-LumaVideo</c> and <c>Add-LumaExtension</c> take, and
/// sends nothing to the service.
/// </summary>
[Cmdlet(VerbsDiagnostic.Measure, "LumaRequest", HelpUri = HelpPages.Address + "Measure-LumaRequest.md")]
[OutputType(typeof(LumaRequestMeasure))]
public sealed class MeasureLumaRequestCommand : GenerationCommand
{
    private readonly HashSet<string> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LumaCost> _basis = [];
    private LumaRequestMeasure? _measure;

    /// <summary>The jobId of the video to extend: then it is an extension that is measured.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(VideoJobIds))]
    public string? JobId { get; set; }

    /// <summary>To look at the pictures' links from this machine: whether they answer, are pictures, and their size.</summary>
    [Parameter]
    public SwitchParameter TestLinks { get; set; }

    private LumaRequestMeasure Measure
    {
        get => _measure ??= new LumaRequestMeasure { Service = ServiceInUse.Of(Connection) };
        set => _measure = value;
    }

    private protected override string ActionDescription => "Measure";

    private protected override bool IsRehearsal => true;

    private protected override IEnumerable<SubmitRequest> ReadRequests()
    {
        if (!WasTyped(nameof(JobId)) && !(Piped is { } row && (JobInput.IsJob(row) || RowInput.Cell(row, [nameof(JobId)]) is not null)))
        {
            return [ReadRequest()];
        }

        return
        [
            new ExtensionRequest
            {
                JobId = WasTyped(nameof(JobId))
                    ? JobInput.FromId(ShortJobId.Complete(JobId ?? "", () => Journal, ServiceInUse.Of(Connection))).JobId : JobInput.Read(
                    Piped!, nameof(JobId)).JobId,
                Prompt = PromptOrNull(Prompt),
                Name = ValueOrNull(nameof(Name), Name),
                Model = ValueOrNull(nameof(Model), Model),
                HookUrl = ValueOrNull(nameof(HookUrl), HookUrl),
            },
        ];
    }

    private protected override void Refused() => Measure = Measure with { Rows = Measure.Rows + 1, Invalid = Measure.Invalid + 1 };

    private protected override void Take(SubmitRequest request, LumaConnection? connection, string place, object? target)
    {
        LumaJob job = request.ToJob();
        if (TestLinks) _links.UnionWith(new[] { job.ImageUrl, job.EndImageUrl }.OfType<string>());
        try
        {
            bool isKnown = Forecast(Measure.Service).Known(request, Force) is not null;
            Measure = Measure with { Rows = Measure.Rows + 1, Known = Measure.Known + (isKnown ? 1 : 0),
                ToSubmit = Measure.ToSubmit + (isKnown ? 0 : 1) };
            if (isKnown) return;
        }
        catch (LumaException exception)
        {
            Refused();
            WriteFailure(exception, target);
            return;
        }

        if (Costs(Measure.Service).Of(job) is not { } cost)
        {
            Measure = Measure with { Unknown = Measure.Unknown + 1 };
            return;
        }

        _basis[cost.ToString()] = cost;
        Measure = Measure with
        {
            Quota = (Measure.Quota ?? 0) + cost.Median,
            LeastQuota = (Measure.LeastQuota ?? 0) + cost.Least,
            MostQuota = (Measure.MostQuota ?? 0) + cost.Most,
        };
    }

    private protected override void InputEnded()
    {
        base.InputEnded();
        CountIn();
        _ = Task.Run(async () =>
        {
            Action emission;
            try
            {
                IReadOnlyList<LumaLinkCheck> links = await LookAtLinksAsync();
                emission = () =>
                {
                    foreach (LumaLinkCheck bad in links.Where(link => link.Problem is not null))
                    {
                        WriteWarning($"{bad.Link}: {bad.Problem} The service may fail a job with it, and charge for it.");
                    }

                    Output(Measure with { Basis = [.. _basis.Values], Links = links });
                };
            }
            catch (OperationCanceledException)
            {
                emission = () => { };
            }
            catch (Exception exception)
            {
                emission = () => throw exception;
            }

            HandOver(emission);
        });
    }

    private async Task<IReadOnlyList<LumaLinkCheck>> LookAtLinksAsync()
    {
        if (_links.Count == 0) return [];
        LumaConnection connection = KnownConnection ?? ProcessConnection.Keyless(); // Its client has the proxy, and sends no key.
        return await new LinkChecks(connection.VideoClient).TestAsync(_links, StopToken);
    }
}
