namespace Luma.Postgres;

/// <summary>libpq's service file: sections of parameters, by the name of the service.</summary>
internal static class PostgresService
{
    public static Dictionary<string, string> Read(string service)
    {
        foreach (string file in Files().Where(File.Exists))
        {
            var words = new Dictionary<string, string>(StringComparer.Ordinal);
            bool isIn = false, isFound = false;
            foreach (string line in File.ReadAllLines(file).Select(line => line.Trim()))
            {
                if (line.Length == 0 || line[0] == '#') continue;
                if (line[0] == '[')
                {
                    isIn = line == $"[{service}]";
                    isFound |= isIn;
                    continue;
                }

                int equals = line.IndexOf('=');
                if (isIn && equals > 0) words[line.Substring(0, equals).Trim()] = line.Substring(equals + 1).Trim();
            }

            if (isFound) return words;
        }

        throw new ArgumentException($"The service '{service}' is in none of the files {string.Join(", ", Files())}.");
    }

    private static IEnumerable<string> Files()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        bool isWindows = Path.DirectorySeparatorChar == '\\';
        yield return Environment.GetEnvironmentVariable("PGSERVICEFILE") is { Length: > 0 } named ? named
            : isWindows ? Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "postgresql", ".pg_service.conf")
            : Path.Combine(home, ".pg_service.conf");
        if (Environment.GetEnvironmentVariable("PGSYSCONFDIR") is { Length: > 0 } folder)
        {
            yield return Path.Combine(folder, "pg_service.conf");
        }
    }
}
