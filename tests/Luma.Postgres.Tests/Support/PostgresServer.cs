using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
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
    private Process? _process;

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
        Run("cp", ["-a", Path.Combine(_template.Value, "."), Path.Combine(folder, "data")]);
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
        File.AppendAllText(Path.Combine(Folder, "data", "pg_hba.conf"), $"host all all {address}/32 scram-sha-256\n");
        Execute("postgres", "select pg_reload_conf()");
    }

    /// <summary>Starts it again, on the same port.</summary>
    public async Task StartAgainAsync()
    {
        List<string> command =
            [Path.Combine(_binaries!, "postgres"), "-D", Path.Combine(Folder, "data"), "-p", Port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "shared_buffers=32MB", "-c", "max_connections=60",
            "-c", "fsync=off"]; // What a killed process has written the system keeps; the disk is not what is tested here.
        foreach (string option in _options) command.AddRange(["-c", option]);
        var start = new ProcessStartInfo { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = Folder };
        AsUser(start, command);
        _process = Process.Start(start)!;
        var log = new List<string>();
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        void Note(string? line)
        {
            lock (log) log.Add(line ?? "");
        }

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
                string[] told;
                lock (log) told = [.. log];
                throw new InvalidOperationException($"The server did not start. {string.Join(Environment.NewLine, told)}", exception);
            }
        }
    }

    /// <summary>
    /// SIGKILL to the server and all its processes: as if the machine had lost its power, but for what the system keeps of the disk.
    /// </summary>
    public async Task KillAsync()
    {
        int server = int.Parse(File.ReadLines(Path.Combine(Folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        Run("kill", ["-STOP", $"{server}"]);
        string[] children = [.. Children(server).Select(child => $"{child}")];
        if (children.Length > 0) Run("kill", ["-KILL", .. children]);
        Run("kill", ["-KILL", $"{server}"]);
        await _process!.WaitForExitAsync();
        foreach (string child in children)
        {
            while (Directory.Exists($"/proc/{child}")) await Task.Delay(2);
        }

        _process.Dispose();
        _process = null;
    }

    /// <summary>Stops it at once, as its operator would.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        int server = int.Parse(File.ReadLines(Path.Combine(Folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        Run("kill", ["-QUIT", $"{server}"]);
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
        if (_ownsFolder) Directory.Delete(Folder, recursive: true);
    }

    private static IEnumerable<int> Children(int parent)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
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

    private static string? FindBinaries()
    {
        if (OperatingSystem.IsWindows()) return null;
        string[] packaged = Directory.Exists("/usr/lib/postgresql")
            ? [.. Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(folder =>
                int.TryParse(Path.GetFileName(folder), out int version) ? version : 0).Select(folder => Path.Combine(folder, "bin"))]
            : [];
        return packaged.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
    }

    // One server's folder is made for all of them; making it takes a second.
    private static string MakeTemplate()
    {
        string folder = NewFolder(), password = Path.Combine(folder, "password"), data = Path.Combine(folder, "data");
        File.WriteAllText(password, Password);
        if (IsRoot) Run("chown", ["-R", "postgres", folder]);
        var start = new ProcessStartInfo { WorkingDirectory = folder, RedirectStandardOutput = true };
        AsUser(start, [Path.Combine(_binaries!, "initdb"), "-D", data, "-U", User, "--pwfile", password, "-A", "scram-sha-256", "-E",
            "UTF8", "--locale=C", "--no-sync"]);
        using Process init = Process.Start(start)!;
        init.StandardOutput.ReadToEnd();
        init.WaitForExit();
        Assert.Equal(0, init.ExitCode);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return data;
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static string NewFolder()
    {
        string folder = Directory.CreateTempSubdirectory("lumaps-postgres-").FullName;
        if (IsRoot) Run("chown", ["postgres", folder]);
        return folder;
    }

    // A server refuses to run as root; the package has made a user for it.
    private static void AsUser(ProcessStartInfo start, IEnumerable<string> command)
    {
        string[] whole = IsRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. command] : [.. command];
        start.FileName = whole[0];
        foreach (string argument in whole.Skip(1)) start.ArgumentList.Add(argument);
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Linux)) start.Environment["LC_ALL"] = "C";
    }

    private static void Run(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 || program == "kill", $"{program} {string.Join(' ', arguments)}: {errors}");
    }

    private static int FreePort()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }
}
