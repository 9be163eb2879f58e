using System.Net;
using System.Net.Sockets;

namespace Luma.CrashTests.Worker;

/// <summary>A service within the worker that takes requests and never answers: for a worker that has no network to speak of.</summary>
internal static class SilentService
{
    /// <summary>What to say as the service's address to get one.</summary>
    public const string Address = "silent:";

    public static Uri Start()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = Task.Run(async () =>
        {
            var kept = new List<Socket>();
            while (true)
            {
                kept.Add(await listener.AcceptSocketAsync());
                if (await kept[^1].ReceiveAsync(new byte[65536]) > 0) new Report(Report.Sent).Write();
            }
        });
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }
}
