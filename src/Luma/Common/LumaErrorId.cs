namespace Luma;

/// <summary>What went wrong. The names are stable: they are the first part of PowerShell's <c>FullyQualifiedErrorId</c>.</summary>
public enum LumaErrorId
{
    /// <summary>No API key was given and none is in the environment.</summary>
    LumaKeyMissing,

    /// <summary>HTTP 401: the key is missing or wrong, or the account's e-mail is not activated. Permanent.</summary>
    LumaUnauthorized,

    /// <summary>HTTP 402: the account's quota is used up. Permanent until it is topped up.</summary>
    LumaQuotaExhausted,

    /// <summary>HTTP 403 in the service's own envelope: the account is blocked. Permanent.</summary>
    LumaAccountBlocked,

    /// <summary>The service refused the request as it is: a bad or missing parameter, a banned word, a wrong address.</summary>
    LumaBadRequest,

    /// <summary>HTTP 404: the service does not know this jobId.</summary>
    LumaJobNotFound,

    /// <summary>HTTP 429: too many requests in a short time, and waiting did not help.</summary>
    LumaRateLimited,

    /// <summary>HTTP 499: the account's queue for this product is full, and no slot came free.</summary>
    LumaQueueFull,

    /// <summary>An answer that is not the service's own or makes no sense: 5xx, HTML, broken JSON.</summary>
    LumaServiceError,

    /// <summary>The request did not get through. For a submit: nothing has left, nothing was charged.</summary>
    LumaNetworkError,

    /// <summary>A submit has left and no decisive answer came: a job may or may not exist. It is not sent again.</summary>
    LumaSubmitUnconfirmed,

    /// <summary>The name belongs to a job made from another request.</summary>
    LumaNameConflict,

    /// <summary>A value was refused before anything was sent.</summary>
    LumaInvalidValue,

    /// <summary>The journal could not be read or written.</summary>
    LumaJournalError,

    /// <summary>The service says that the job ended without a video.</summary>
    LumaJobFailed,

    /// <summary>The job had not ended when the time was up. It continues; nothing is lost.</summary>
    LumaWaitTimeout,

    /// <summary>The job is done, and the service gives no link to a video.</summary>
    LumaNoVideo,

    /// <summary>The video could not be downloaded completely.</summary>
    LumaDownloadFailed,

    /// <summary>A file of that name exists.</summary>
    LumaFileExists,

    /// <summary>The request may pass the budget of this call (<c>-MaximumQuota</c>), so it was not sent.</summary>
    LumaBudgetExceeded,

    /// <summary>Plain http to a host that is not this machine: the key would be readable on the way.</summary>
    LumaInsecureEndpoint,
}
