using System.Net;

namespace Luma;

/// <summary>The system's proxy, except for this machine, which no proxy reaches.</summary>
internal sealed class LoopbackBypass(IWebProxy system) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => system.Credentials;
        set => system.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : system.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || system.IsBypassed(host);
}
