using Luma;

namespace LumaPS.Connections;

/// <summary>Which connection a job is handled over.</summary>
internal static class ConnectionOf
{
    /// <summary>The one that was given, else the job's own, else that of the process.</summary>
    /// <exception cref="LumaException">Where there is none, or it leads to another service than the job's.</exception>
    public static LumaConnection Job(LumaJob job, LumaConnection? given)
    {
        LumaConnection connection = given ?? ProcessConnection.UnlessBroken(job.Connection) ?? ProcessConnection.Required();
        connection.CheckJobId(job.JobId);
        if (job.Service is { } service && service != connection.Service)
        {
            throw new LumaException(LumaErrorId.LumaInvalidValue,
                $"Job {job.JobId} is with {service}, and the connection is to {connection.Service}, which does not know " +
                "it. Nothing was sent.")
            {
                JobId = job.JobId,
                RecommendedAction = $"Connect to {service} with Connect-Luma, or pass that connection with -Connection.",
            };
        }

        return connection;
    }
}
