using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Luma.Postgres.Tests;

/// <summary>A real server, from the system's own binaries, in a temporary folder on loopback, as a user that is not root.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string User = "luma";
    public const string Password = "correct-horse 'battery; staple";

    private static readonly string? _binaries = FindBinaries();
    private static readonly Lazy<string> _template = new(MakeTemplate);

    private readonly string[] _options;
    private readonly bool _ownsFolder;
    private int _databases;
    private LinuxProcess? _process;

    private PostgresServer(string folder, int port, string[] options, bool ownsFolder)
    {
        Folder = folder;
        Port = port;
        _options = options;
        _ownsFolder = ownsFolder;
    }

    /// <summary>Why there can be no server here; null: there can.</summary>
    public static string? Missing =>
        _binaries is null ? "It starts a PostgreSQL server: there is none installed (apt-get install postgresql)." : null;

    public string Folder { get; }

    public int Port { get; private set; }

    /// <summary>Starts a server.</summary>
    /// <param name="options">More settings, such as max_connections=20.</param>
    public static Task<PostgresServer> StartAsync(params string[] options) => StartAsync(null, options);

    /// <summary>Starts a server in a folder of the caller's, e.g. on a small disk.</summary>
    public static async Task<PostgresServer> StartAsync(string? parent, string[] options)
    {
        string folder = parent ?? NewFolder();
        Linux.Run("cp", "-a", $"{_template.Value}/.", $"{folder}/data");
        var server = new PostgresServer(folder, FreePort(), options, parent is null);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A new database, and its address.</summary>
    public string NewDatabase()
    {
        string name = $"journal{Interlocked.Increment(ref _databases)}";
        Execute("postgres", $"create database {name}");
        return name;
    }

    /// <summary>The address of a database, as a user writes it.</summary>
    /// <param name="database">The database.</param>
    /// <param name="port">Another port: a relay's.</param>
    /// <param name="user">Another user than the owner.</param>
    /// <param name="more">More parameters, each beginning with &amp;.</param>
    public string Address(string database, int? port = null, string user = User, string more = "") =>
        $"postgresql://{user}:{Uri.EscapeDataString(Password)}@127.0.0.1:{port ?? Port}/{database}?sslmode=disable{more}";

    /// <summary>Does something as the owner.</summary>
    public void Execute(string database, string sql)
    {
        using NpgsqlConnection connection = Open(database);
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Asks for one value as the owner.</summary>
    public T Ask<T>(string database, string sql)
    {
        using NpgsqlConnection connection = Open(database);
        using var command = new NpgsqlCommand(sql, connection);
        return (T)command.ExecuteScalar()!;
    }

    public NpgsqlConnection Open(string database)
    {
        var settings = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = Port, Database = database, Username = User,
            Password = Password, SslMode = SslMode.Disable, Pooling = false, Timeout = 5 };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Lets another machine in, with a password.</summary>
    public void Trust(string address)
    {
        File.AppendAllText(Linux.Open($"{Folder}/data/pg_hba.conf"), $"host all all {address}/32 scram-sha-256\n");
        Execute("postgres", "select pg_reload_conf()");
    }

    /// <summary>Starts it again, on the same port.</summary>
    public async Task StartAgainAsync()
    {
        List<string> command =
            [$"{_binaries}/postgres", "-D", $"{Folder}/data", "-p", Port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "shared_buffers=32MB", "-c", "max_connections=60",
            "-c", "fsync=off"]; // What a killed process has written the system keeps; the disk is not what is tested here.
        foreach (string option in _options) command.AddRange(["-c", option]);
        _process = LinuxProcess.Start(Folder, AsUser(command));

        long deadline = Environment.TickCount64 + 30_000;
        while (true)
        {
            try
            {
                using NpgsqlConnection connection = Open("postgres");
                return;
            }
            catch (NpgsqlException) when (Environment.TickCount64 < deadline && !_process.HasExited)
            {
                await Task.Delay(20);
            }
            catch (NpgsqlException exception)
            {
                throw new InvalidOperationException($"The server did not start. {_process.Output}", exception);
            }
        }
    }

    /// <summary>
    /// SIGKILL to the server and all its processes: as if the machine had lost its power, but for what the system keeps of the disk.
    /// </summary>
    public async Task KillAsync()
    {
        int server = ServerId();
        Linux.TryRun("kill", "-STOP", $"{server}");
        string[] children = [.. Children(server).Select(child => $"{child}")];
        if (children.Length > 0) Linux.TryRun(["kill", "-KILL", .. children]);
        Linux.TryRun("kill", "-KILL", $"{server}");
        await _process!.WaitForExitAsync();
        foreach (string child in children)
        {
            while (Directory.Exists(Linux.Open($"/proc/{child}"))) await Task.Delay(2);
        }

        _process.Dispose();
        _process = null;
    }

    /// <summary>Stops it at once, as its operator would.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        int server = ServerId();
        Linux.TryRun("kill", "-QUIT", $"{server}");
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Ends the sessions of a database, as a network does that cuts them.</summary>
    public void CutSessions(string database) =>
        Execute("postgres", $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsFolder) Directory.Delete(Linux.Open(Folder), recursive: true);
    }

    private static IEnumerable<int> Children(int parent)
    {
        foreach (string folder in Directory.EnumerateDirectories(Linux.Open("/proc")))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int id)) continue;
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(folder, "stat"));
            }
            catch (IOException)
            {
                continue;
            }

            if (stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == parent.ToString(CultureInfo.InvariantCulture)) yield return id;
        }
    }

    private int ServerId() =>
        int.Parse(File.ReadLines(Linux.Open($"{Folder}/data/postmaster.pid")).First(), CultureInfo.InvariantCulture);

    private static string? FindBinaries()
    {
        if (!Linux.IsThere) return null;
        const string Packages = "/usr/lib/postgresql";
        string[] packaged = Directory.Exists(Linux.Open(Packages))
            ? [.. Directory.GetDirectories(Linux.Open(Packages)).Select(folder => Path.GetFileName(folder)).OrderByDescending(name =>
                int.TryParse(name, out int version) ? version : 0).Select(name => $"{Packages}/{name}/bin")]
            : [];
        string[] path = OperatingSystem.IsWindows() ? [] : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return packaged.Concat(path)
            .FirstOrDefault(folder => File.Exists(Linux.Open($"{folder}/initdb")) && File.Exists(Linux.Open($"{folder}/postgres")));
    }

    // One server's folder is made for all of them; making it takes a second.
    private static string MakeTemplate()
    {
        string folder = NewFolder(), password = $"{folder}/password", data = $"{folder}/data";
        File.WriteAllText(Linux.Open(password), Password);
        if (IsRoot) Linux.Run("chown", "-R", "postgres", folder);
        string method = Linux.IsAroundWine ? "password" : "scram-sha-256"; // Wine derives no key as SCRAM needs it.
        Linux.Run(AsUser([$"{_binaries}/initdb", "-D", data, "-U", User, "--pwfile", password, "-A", method, "-E", "UTF8",
            "--locale=C", "--no-sync"]));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Linux.Open(folder), recursive: true);
        return data;
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static string NewFolder()
    {
        string folder = Linux.NewFolder("lumaps-postgres-");
        if (IsRoot) Linux.Run("chown", "postgres", folder);
        return folder;
    }

    // A server refuses to run as root; the package has made a user for it.
    private static string[] AsUser(IEnumerable<string> command) => IsRoot
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "env", "LC_ALL=C", .. command]
        : ["env", "LC_ALL=C", .. command];

    private static int FreePort()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }
}
