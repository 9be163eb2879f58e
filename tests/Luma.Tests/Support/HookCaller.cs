using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Luma.Tests.Support;

/// <summary>Whoever calls a hook: the service, a fool, an attacker.</summary>
internal static class HookCaller
{
    /// <summary>A callback's body, as the service sends it.</summary>
    public static string Body(string jobId, string status = "SUCCESS", string? videoUrl = "https://videos.example/v.mp4") => $$"""
        {"status":"{{status}}","message":"success","jobId":"{{jobId}}","data":{"jobId":"{{jobId}}","userPrompt":"a red car",
        "width":"512","height":"512","imageUrl":null,"imageEndUrl":null,"hookUrl":null,
        "videoUrl":{{(videoUrl is null ? "null" : $"\"{videoUrl}\"")}},"quota":25} }
        """;

    /// <summary>The head of a POST.</summary>
    public static string Post(string path, string headers, string body = "") => $"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}";

    /// <summary>The path of a listener's address.</summary>
    public static string PathOf(LumaHookListener listener) => new Uri(listener.HookUrl).AbsolutePath;

    public static async Task<Socket> ConnectAsync(LumaHookListener listener)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, listener.Port);
        return socket;
    }

    /// <summary>Sends bytes as they are, and gives all that comes back.</summary>
    /// <param name="listener">Where to.</param>
    /// <param name="text">The bytes, in Latin-1.</param>
    /// <param name="piece">How many bytes go out at a time; 0: all.</param>
    public static async Task<string> SendAsync(LumaHookListener listener, string text, int piece = 0)
    {
        using Socket socket = await ConnectAsync(listener);
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        for (int i = 0; i < bytes.Length; i += piece == 0 ? bytes.Length : piece)
        {
            await socket.SendAsync(bytes.AsMemory(i, piece == 0 ? bytes.Length : Math.Min(piece, bytes.Length - i)));
        }

        return await ReadToEndAsync(socket);
    }

    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        using var patience = new CancellationTokenSource(TestService.Patience);
        while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and int count)
        {
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    /// <summary>A callback, as the service makes it; it has to be taken.</summary>
    public static async Task CallAsync(string hookUrl, string body)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TestService.Patience };
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PostAsync(new Uri(hookUrl), content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Waits until a listener has heard so many callbacks: its answer goes out a moment earlier.</summary>
    public static void WaitForCount(LumaHookListener listener, int count) =>
        Assert.True(SpinWait.SpinUntil(() => listener.CallbackCount >= count, TestService.Patience),
            $"{listener.CallbackCount} of {count} callbacks were heard.");
}
