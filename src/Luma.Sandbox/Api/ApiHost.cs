using System.Text.Json;
using Luma.Sandbox.Http;

namespace Luma.Sandbox;

/// <summary>The service's three endpoints.</summary>
internal sealed class ApiHost : SandboxHost
{
    /// <summary>The Content-Type of all answers.</summary>
    public const string Json = "application/json; charset=utf-8";

    private const string KeyHeader = "TT-API-KEY";

    private readonly string _apiKey;
    private readonly LumaSandboxOptions _options;
    private readonly JobStore _jobs;
    private readonly Func<byte[], (byte[] Answer, Action? Sent)>? _control;

    /// <summary>Opens the port of the API.</summary>
    /// <param name="instance">The first segment of the sandbox's own paths.</param>
    /// <param name="apiKey">The only key that is let in.</param>
    /// <param name="options">The sandbox's settings.</param>
    /// <param name="faults">What goes wrong.</param>
    /// <param name="log">What arrived.</param>
    /// <param name="jobs">The jobs.</param>
    /// <param name="control">Answers whoever keeps the sandbox in a process of its own; null: nobody does.</param>
    public ApiHost(
        string instance,
        string apiKey,
        LumaSandboxOptions options,
        FaultPlan faults,
        RequestLog log,
        JobStore jobs,
        Func<byte[], (byte[] Answer, Action? Sent)>? control)
        : base(options.Port, instance, options, faults, log)
    {
        _apiKey = apiKey;
        _options = options;
        _jobs = jobs;
        _control = control;
    }

    /// <inheritdoc/>
    protected override bool IsControl(string path, HttpRequest head) =>
        _control is not null && path == SandboxControl.Path && head.Header(KeyHeader) == _apiKey;

    /// <inheritdoc/>
    protected override HttpReply Control(byte[] body)
    {
        (byte[] answer, Action? sent) = _control!(body);
        HttpReply reply = HttpReply.Bytes(200, Json, answer);
        reply.Done = sent;
        return reply;
    }

    /// <inheritdoc/>
    protected override SandboxTarget? TargetOf(string path) => path switch
    {
        "/luma/v1/generations" => SandboxTarget.Generations,
        "/luma/v1/extend" => SandboxTarget.Extend,
        "/luma/v1/fetch" => SandboxTarget.Fetch,
        _ => null,
    };

    /// <inheritdoc/>
    protected override HttpReply Answer(SandboxTarget? target, string path, HttpRequest head, byte[] body, FaultEffects effects)
    {
        if (target is null) return Refuse(404, "The requested resource does not exist.");
        // No key is ever part of an answer, not even a wrong one.
        if (head.Header(KeyHeader) != _apiKey) return Refuse(401, "The TT-API-KEY is missing or wrong.");
        try
        {
            return (target, head.Method) switch
            {
                (SandboxTarget.Generations, "POST") => Generate(body, effects),
                (SandboxTarget.Extend, "POST") => Extend(body, effects),
                (SandboxTarget.Fetch, "POST") => Fetch(RequestFields.Required(RequestFields.Parse(body), "jobId"), effects),
                (SandboxTarget.Fetch, "GET") => Fetch(FromQuery(head.Query), effects),
                (SandboxTarget.Fetch, _) => Refuse(405, "The method is not allowed.", ("Allow", "GET, POST")),
                _ => Refuse(405, "The method is not allowed.", ("Allow", "POST")),
            };
        }
        catch (ParameterException exception)
        {
            return Refuse(400, $"Parameter error: {exception.Message}");
        }
    }

    private HttpReply Generate(byte[] body, FaultEffects effects)
    {
        Dictionary<string, JsonElement> fields = RequestFields.Parse(body);
        RequestFields.CheckSubmit(fields, _options.Strict);
        return Ok(ServiceJson.Accepted(_jobs.Add("generation", fields, null, effects.OnJob)));
    }

    private HttpReply Extend(byte[] body, FaultEffects effects)
    {
        Dictionary<string, JsonElement> fields = RequestFields.Parse(body);
        SandboxJob parent = _jobs.Find(RequestFields.Required(fields, "jobId")) is { IsForgotten: false } known
            ? known
            : throw new ParameterException("jobId is not known");
        RequestFields.CheckSubmit(fields, _options.Strict);
        return Ok(ServiceJson.Accepted(_jobs.Add("extension", fields, parent, effects.OnJob)));
    }

    private HttpReply Fetch(string jobId, FaultEffects effects) =>
        _jobs.Find(jobId) is { IsForgotten: false } job
            ? Ok(ServiceJson.Job(job, effects.NoVideoUrl))
            : Refuse(404, "The job does not exist.");

    private static string FromQuery(string query)
    {
        foreach (string pair in query.Split('&'))
        {
            if (pair.StartsWith("jobId=", StringComparison.Ordinal) && pair.Length > "jobId=".Length)
                return Uri.UnescapeDataString(pair["jobId=".Length..]);
        }
        throw new ParameterException("jobId is required");
    }

    private static HttpReply Ok(byte[] json) => HttpReply.Bytes(200, Json, json);

    private static HttpReply Refuse(int status, string message, params (string Name, string Value)[] headers)
    {
        HttpReply reply = HttpReply.Bytes(status, Json, ServiceJson.Refused(status, message));
        reply.Headers.AddRange(headers);
        return reply;
    }
}
