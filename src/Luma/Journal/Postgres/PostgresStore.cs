using System.Data.Common;
using System.Diagnostics;

namespace Luma;

/// <summary>A journal in PostgreSQL, for more than one machine. Its tables are described in docs/journal.md.</summary>
internal sealed class PostgresStore : IJournalStore
{
    // Two kinds of locks, each with its numbers.
    private const int NameSpace = 0x4C554D41;
    private const int ClaimSpace = 0x4C554D43;

    private const int ListSeconds = 120;

    // More than there are in a pool.
    private const int MostStale = 5;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _keepAfter = TimeSpan.FromSeconds(2);

    private readonly Func<bool, DbConnection> _create;
    private readonly PostgresErrors _errors;
    private readonly PostgresSchema _schema;
    private readonly PostgresSession _session;
    private readonly string _home;
    private readonly TimeSpan _patience;
    private readonly object _lock = new();
    private readonly HashSet<long> _skipped = [];
    private readonly KeyGate _names = new();
    private readonly KeyGate _claims = new();
    private readonly Dictionary<string, PostgresHold> _holds = [];
    private readonly Dictionary<string, PostgresHold> _read = [];

    /// <param name="location">Where it is, without a password.</param>
    /// <param name="create">Makes a connection, closed: for true one out of a pool, for false one of its own.</param>
    /// <param name="home">The folder of this machine's own files.</param>
    /// <param name="patience">How long a server that was there is waited for.</param>
    public PostgresStore(string location, Func<bool, DbConnection> create, string home, TimeSpan patience)
    {
        Location = location;
        _create = create;
        _home = home;
        _patience = patience;
        _errors = new PostgresErrors(location);
        _schema = new PostgresSchema(_errors);
        _session = new PostgresSession(() => create(false), _errors, Kept, Skip, patience);
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public int SkippedLines
    {
        get { lock (_lock) return _skipped.Count; }
    }

    /// <inheritdoc/>
    public string? Unreadable => null; // A database is read, or it is an error.

    /// <inheritdoc/>
    public async Task AppendAsync(JournalLine line)
    {
        var append = new PostgresAppend(line);
        lock (_lock)
        {
            if (line.Name is { } name) _read.Remove(JobName.Key(name));
            foreach (string key in _read.Where(one => one.Value.Parts.Any(part => part.Id == line.Id)).Select(one => one.Key).ToArray())
            {
                _read.Remove(key);
            }

            // The lock under which it was decided to write this is gone: another process may have the name by now.
            if (append.IsIntent && line.Name is not null && _holds.TryGetValue(JobName.Key(line.Name), out PostgresHold? hold)
                && !_session.IsCurrent(hold))
            {
                throw _errors.Lost();
            }
        }

        _session.Enqueue(append);
        if (!append.IsIntent && await Task.WhenAny(append.Done, Task.Delay(_keepAfter)) != append.Done) _session.Keep(append);
        await append.Done;
    }

    /// <inheritdoc/>
    public Task CheckWritableAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            for (int attempt = 1; ; attempt++)
            {
                bool isOpen = false;
                try
                {
                    using DbConnection connection = _create(true);
                    connection.Open();
                    isOpen = true;
                    _schema.Prepare(connection);
                    using DbTransaction transaction = connection.BeginTransaction();
                    using DbCommand insert = connection.CreateCommand();
                    insert.Transaction = transaction;
                    insert.CommandText = PostgresRows.Try;
                    insert.ExecuteNonQuery();
                    transaction.Rollback();
                    return;
                }
                catch (Exception exception) when (exception is DbException or IOException or InvalidOperationException or TimeoutException)
                {
                    // Those in the pool may have broken while nobody looked.
                    if (!isOpen || !PostgresErrors.IsAway(exception) || attempt > MostStale) throw _errors.Of(exception, "written");
                }
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<IDisposable> LockAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        string? nameKey =
            keys.FirstOrDefault(key => key.StartsWith(Journal.NameLockPrefix, StringComparison.Ordinal))?[Journal.NameLockPrefix.Length..];
        await _names.TakeAsync(keys, cancellationToken);
        try
        {
            var wanted = new PostgresLock(NameSpace, [.. keys.Select(PostgresRows.Number)], isPatient: true, nameKey);
            PostgresHold hold = (await LockAsync(wanted, cancellationToken))!;
            if (nameKey is not null)
            {
                lock (_lock) _holds[nameKey] = _read[nameKey] = hold;
            }

            return new Lease(() =>
            {
                if (nameKey is not null)
                {
                    lock (_lock)
                    {
                        _holds.Remove(nameKey);
                        _read.Remove(nameKey);
                    }
                }

                _session.Enqueue(new PostgresUnlock(hold));
                _names.Release(keys);
            });
        }
        catch
        {
            _names.Release(keys);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IDisposable?> TryClaimAsync(string key, CancellationToken cancellationToken)
    {
        if (!_claims.TryTake(key)) return null;
        PostgresHold? hold = null;
        try
        {
            hold = await LockAsync(
                new PostgresLock(ClaimSpace, [PostgresRows.Number(key)], isPatient: false, nameKey: null), cancellationToken);
        }
        finally
        {
            if (hold is null) _claims.Release([key]);
        }

        return hold is null ? null : new Lease(() =>
        {
            _session.Enqueue(new PostgresUnlock(hold));
            _claims.Release([key]);
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<T> Read<T>(JournalQuery query, Func<IReadOnlyList<JournalPart>, T?> merge)
        where T : class =>
        [.. Read(query).GroupBy(part => part.Id).Select(parts => merge([.. parts])).OfType<T>()];

    private IReadOnlyList<JournalPart> Read(JournalQuery query)
    {
        if (query is { NameKey: { } name, Id: null, JobId: null })
        {
            // Whoever has the lock on a name got its records along with it.
            lock (_lock)
            {
                if (_read.Remove(name, out PostgresHold? hold) && _session.IsCurrent(hold)) return hold.Parts;
            }
        }

        long start = Stopwatch.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            bool isOpen = false;
            try
            {
                using DbConnection connection = _create(true);
                connection.Open();
                isOpen = true;
                return Read(connection, query);
            }
            catch (Exception exception) when (exception is DbException or IOException or InvalidOperationException or TimeoutException)
            {
                // Those in the pool may have broken one and all while nobody looked; and a server that was there may be back soon.
                bool isStale = isOpen && attempt <= MostStale;
                if (!PostgresErrors.IsAway(exception)
                    || (!isStale && (!_session.IsExpected || Stopwatch.GetElapsedTime(start) > _patience)))
                {
                    throw _errors.Of(exception, "read");
                }

                if (!isStale) Thread.Sleep(_pause);
            }
        }
    }

    private IReadOnlyList<JournalPart> Read(DbConnection connection, JournalQuery query)
    {
        if (query.Newest is not { } wanted || PostgresQuery.IsNarrow(query)) return Read(connection, query, null);

        // Not every line that tells a time is another job's, nor every record a job.
        for (int count = (wanted * 3) + 20; ; count *= 3)
        {
            IReadOnlyList<JournalPart> parts = Read(connection, query, count);
            if (parts.Sum(part => part.Lines.Count(line => line.SubmittedAt is not null)) < count
                || Journal.CountJobs(parts, query) >= wanted)
            {
                return parts;
            }
        }
    }

    private List<JournalPart> Read(DbConnection connection, JournalQuery query, int? newest)
    {
        try
        {
            using DbCommand command = connection.CreateCommand();
            // A journal of years may take its time.
            if (!PostgresQuery.IsNarrow(query)) command.CommandTimeout = Math.Max(command.CommandTimeout, ListSeconds);

            // First who lives, then what they wrote, each as it is at that moment: what a process wrote before it went is seen.
            command.CommandText = $"{PostgresSchema.Find};{PostgresRows.Live}";
            PostgresQuery.Add(command, query, newest);
            using DbDataReader reader = command.ExecuteReader();
            string journal = _schema.Check(reader);
            reader.NextResult();
            HashSet<long> live = PostgresRows.ReadLive(reader);
            reader.NextResult();
            List<JournalPart> parts = PostgresRows.ReadParts(reader, live, _session.IsOwn, Skip);
            if (Kept(journal).Any) Deliver();
            return parts;
        }
        catch (DbException exception) when (PostgresErrors.IsMissing(exception))
        {
            return []; // Nobody has written to it yet.
        }
    }

    // What this machine has kept is delivered by whatever reaches the server first: a session, which the next look will see.
    private void Deliver() => _session.Enqueue(new PostgresDelivery());

    private async Task<PostgresHold?> LockAsync(PostgresLock operation, CancellationToken cancellationToken)
    {
        _session.Enqueue(operation);
        using CancellationTokenRegistration cancelled = cancellationToken.Register(() => operation.Cancel(cancellationToken));
        return await operation.Done;
    }

    private KeptLines Kept(string journal) =>
        new(Path.Combine(_home, "undelivered", string.Concat(journal.Where(char.IsAsciiLetterOrDigit))));

    private void Skip(long row)
    {
        lock (_lock) _skipped.Add(row);
    }

    private sealed class Lease(Action release) : IDisposable
    {
        private Action? _release = release;

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
