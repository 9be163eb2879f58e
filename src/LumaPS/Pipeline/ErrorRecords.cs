using System.Management.Automation;
using Luma;

namespace LumaPS.Pipeline;

/// <summary>Makes PowerShell's error records of the library's exceptions, in one place.</summary>
internal static class ErrorRecords
{
    /// <param name="failure">What went wrong.</param>
    /// <param name="target">What it is about; unless given the job's id.</param>
    public static ErrorRecord ToErrorRecord(this LumaException failure, object? target = null) =>
        new(failure, failure.ErrorId.ToString(), CategoryOf(failure.ErrorId), failure.JobId ?? target)
        {
            ErrorDetails = failure.RecommendedAction is { } action
                ? new ErrorDetails(failure.Message) { RecommendedAction = action } : null,
        };

    private static ErrorCategory CategoryOf(LumaErrorId errorId) => errorId switch
    {
        LumaErrorId.LumaKeyMissing or LumaErrorId.LumaUnauthorized => ErrorCategory.AuthenticationError,
        LumaErrorId.LumaQuotaExhausted => ErrorCategory.QuotaExceeded,
        LumaErrorId.LumaBudgetExceeded => ErrorCategory.LimitsExceeded,
        LumaErrorId.LumaAccountBlocked => ErrorCategory.PermissionDenied,
        LumaErrorId.LumaBadRequest => ErrorCategory.InvalidOperation,
        LumaErrorId.LumaJobNotFound or LumaErrorId.LumaNoVideo => ErrorCategory.ObjectNotFound,
        LumaErrorId.LumaRateLimited => ErrorCategory.LimitsExceeded,
        LumaErrorId.LumaQueueFull => ErrorCategory.ResourceBusy,
        LumaErrorId.LumaServiceError => ErrorCategory.ProtocolError,
        LumaErrorId.LumaNetworkError or LumaErrorId.LumaDownloadFailed => ErrorCategory.ConnectionError,
        LumaErrorId.LumaSubmitUnconfirmed => ErrorCategory.InvalidResult,
        LumaErrorId.LumaNameConflict or LumaErrorId.LumaFileExists => ErrorCategory.ResourceExists,
        LumaErrorId.LumaInvalidValue => ErrorCategory.InvalidArgument,
        LumaErrorId.LumaJournalError => ErrorCategory.WriteError,
        LumaErrorId.LumaJobFailed => ErrorCategory.OperationStopped,
        LumaErrorId.LumaWaitTimeout => ErrorCategory.OperationTimeout,
        LumaErrorId.LumaInsecureEndpoint => ErrorCategory.SecurityError,
        _ => ErrorCategory.NotSpecified,
    };
}
