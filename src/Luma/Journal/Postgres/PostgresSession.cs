using System.Data;
using System.Data.Common;
using System.Diagnostics;

namespace Luma;

/// <summary>
/// This process's session with the database: what it writes and what it has locked. The server keeps a lock on the session's
/// number as long as the session lasts, which tells everybody else that it lives. All that comes together goes in one
/// message, in one transaction, so that many submits at a time cost no more round trips than one. When the session breaks a
/// new one follows; what was locked or reserved in the old one is lost, and nothing is sent on the strength of it.
/// </summary>
internal sealed class PostgresSession
{
    private const int MostAppends = 1000;
    private const int MostBreaks = 5;
    private static readonly TimeSpan _pauseForLocks = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan _pauseForServer = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _pauseForDelivery = TimeSpan.FromSeconds(2);

    private readonly object _lock = new();
    private readonly List<PostgresOperation> _queue = [];
    private readonly List<PostgresLock> _waiting = [];
    private readonly List<PostgresAppend> _undelivered = [];
    private readonly HashSet<long> _sessions = [];
    private readonly Dictionary<string, long> _reserved = [];
    private readonly Func<DbConnection> _connect;
    private readonly PostgresErrors _errors;
    private readonly PostgresSchema _schema;
    private readonly Func<string, KeptLines> _keep;
    private readonly Action<long> _skip;
    private readonly TimeSpan _patience;

    private Thread? _thread;
    private DbConnection? _connection;
    private int _backend;
    private KeptLines? _kept;
    private long _session;
    private bool _isAway;

    /// <param name="connect">Makes a connection of its own, closed.</param>
    /// <param name="errors">What failures mean.</param>
    /// <param name="keep">Where lines wait that cannot be delivered, for a journal's own id.</param>
    /// <param name="skip">Told of the number of each row that cannot be read.</param>
    /// <param name="patience">How long a server that was there is waited for, before what is to be written fails.</param>
    public PostgresSession(
        Func<DbConnection> connect, PostgresErrors errors, Func<string, KeptLines> keep, Action<long> skip, TimeSpan patience)
    {
        _connect = connect;
        _errors = errors;
        _schema = new PostgresSchema(errors);
        _keep = keep;
        _skip = skip;
        _patience = patience;
    }

    /// <summary>Whether a session has that number and is, or was, this process's.</summary>
    public bool IsOwn(long session)
    {
        lock (_lock) return _sessions.Contains(session);
    }

    /// <summary>Whether the server was there when it was last needed, and so may be there again soon.</summary>
    public bool IsExpected
    {
        get { lock (_lock) return _session != 0 && !_isAway; }
    }

    /// <summary>Whether a lock that was taken in this session is still there, as far as one knows.</summary>
    public bool IsCurrent(PostgresHold hold)
    {
        lock (_lock) return _connection is not null && hold.Session == _session;
    }

    /// <summary>Has something done with the next message.</summary>
    public void Enqueue(PostgresOperation operation)
    {
        lock (_lock)
        {
            _queue.Add(operation);
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "LumaPS journal" };
                _thread.Start();
            }

            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>
    /// Writes a line into the file of what is to be delivered, so that it outlives this process whatever the server does.
    /// </summary>
    /// <returns>False: there is no file for it, since no session has ever been there or the disk takes nothing.</returns>
    public bool Keep(PostgresAppend append)
    {
        lock (_lock)
        {
            if (append.IsKept || append.Done.IsCompletedSuccessfully) return true;
            if (_kept is null || _session == 0) return false;
            try
            {
                _kept.Add(append.Writer ??= _session, append.Line);
                return append.IsKept = true;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LumaException)
            {
                return false;
            }
        }
    }

    private void Run()
    {
        while (true)
        {
            List<PostgresOperation> batch = Next();
            try
            {
                Connect();
                Send(batch);
                _isAway = false;
            }
            catch (Exception exception)
            {
                // Whatever it is: those who wait have to hear of it.
                Fail(batch, exception);
            }
        }
    }

    // What is to be done next: all that is queued, once there is something.
    private List<PostgresOperation> Next()
    {
        lock (_lock)
        {
            while (_queue.Count == 0 && _waiting.Count == 0)
            {
                if (_undelivered.Count == 0) Monitor.Wait(_lock);
                else if (!Monitor.Wait(_lock, _pauseForDelivery)) return []; // Another attempt to deliver them.
            }

            if (_queue.Count == 0) Monitor.Wait(_lock, _pauseForLocks);
            return Take();
        }
    }

    private List<PostgresOperation> Take()
    {
        lock (_lock)
        {
            int appends = 0;
            int count = _queue.FindIndex(operation => operation is PostgresAppend && ++appends > MostAppends);
            List<PostgresOperation> taken = count < 0 ? [.. _queue] : _queue.GetRange(0, count);
            _queue.RemoveRange(0, taken.Count);
            taken.AddRange(_waiting.Where(waiting => !waiting.Done.IsCompleted));
            _waiting.Clear();
            return taken;
        }
    }

    // A server that was there a moment ago is waited for; one that was not there at the last attempt, or never, is asked once.
    private void Connect()
    {
        if (_connection is not null) return;
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            DbConnection connection = _connect();
            try
            {
                connection.Open();
                Begin(connection);
                return;
            }
            catch (Exception exception)
            {
                lock (_lock) _connection = null;
                connection.Dispose();
                bool isHopeless = exception is LumaException || !PostgresErrors.IsAway(exception) || _isAway
                    || (_session == 0 && PostgresErrors.SqlState(exception) is not "57P03");
                if (isHopeless || Stopwatch.GetElapsedTime(start) > _patience)
                {
                    _isAway = true;
                    throw;
                }

                KeepQueued();
                Thread.Sleep(_pauseForServer);
            }
        }
    }

    private void Begin(DbConnection connection)
    {
        string journal = _schema.Prepare(connection);
        long session = NewNumber();
        using (DbCommand begin = connection.CreateCommand())
        {
            // A client that has vanished is noticed within half a minute; and what is committed is on the disk.
            begin.CommandText = """
                select set_config(s.name, t.v, false) from (values
                  ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),
                  ('tcp_user_timeout', '25000'), ('statement_timeout', '0'), ('lock_timeout', '0'), ('idle_session_timeout', '0'),
                  ('idle_in_transaction_session_timeout', '0')) as t(n, v)
                join pg_settings s on s.name = t.n;
                select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off';
                select pg_backend_pid(), pg_is_in_recovery(), pg_try_advisory_lock(@session);
                """;
            PostgresRows.Add(begin, "session", session);
            using DbDataReader reader = begin.ExecuteReader();
            reader.NextResult();
            reader.NextResult();
            reader.Read();
            _backend = reader.GetInt32(0);
            if (reader.GetBoolean(1))
            {
                throw _errors.Unfit("the server is a standby, and takes no lines.",
                    "Name the primary server in LUMAPS_JOURNAL; with several hosts it is found.");
            }

            if (!reader.GetBoolean(2)) throw new InvalidOperationException("The session's number is taken.");
        }

        lock (_lock)
        {
            _kept ??= _keep(journal);
            _session = session;
            _sessions.Add(session);
            _connection = connection;
            _queue.InsertRange(0, _undelivered);
            _undelivered.Clear();
        }

        DeliverLeft(connection);
        List<PostgresOperation> late = [];
        lock (_lock)
        {
            // What the old session still owed goes first, alone: a reservation that it gave up must be seen to be given up.
            late.AddRange(_queue.OfType<PostgresAppend>().Where(append => append.Writer is { } writer && writer != session));
            _queue.RemoveAll(late.Contains);
        }

        if (late.Count > 0) SendOrRequeue(late);
    }

    private void SendOrRequeue(List<PostgresOperation> late)
    {
        try
        {
            Send(late);
        }
        catch
        {
            lock (_lock)
            {
                _queue.InsertRange(0, late.Where(operation => operation is PostgresAppend { Done.IsCompletedSuccessfully: false }));
            }

            Drop();
            throw;
        }
    }

    // What processes on this machine have left that are gone.
    private void DeliverLeft(DbConnection connection)
    {
        foreach (KeptLines.Left left in _kept!.TakeLeft())
        {
            using (left)
            {
                if (left.Lines.Count > 0)
                {
                    using DbCommand command = connection.CreateCommand();
                    PostgresRows.AddInsert(command, [.. left.Lines.Select(line => (left.Writer, line))]);
                    command.ExecuteNonQuery();
                }

                left.Delete();
            }
        }
    }

    private void Send(List<PostgresOperation> batch)
    {
        List<PostgresAppend> appends = [.. batch.OfType<PostgresAppend>().Where(IsStillGood)];
        List<PostgresUnlock> unlocks = [.. batch.OfType<PostgresUnlock>().Where(unlock => unlock.Hold.Session == _session)];
        List<PostgresLock> locks = [.. batch.OfType<PostgresLock>().Where(one => !one.Done.IsCompleted)];
        if (batch.Exists(operation => operation is PostgresDelivery)) DeliverLeft(_connection!);
        if (appends.Count == 0 && unlocks.Count == 0 && locks.Count == 0) return;
        foreach (PostgresAppend append in appends) append.Writer ??= _session;

        using DbCommand command = _connection!.CreateCommand();
        if (appends.Count > 0) PostgresRows.AddInsert(command, [.. appends.Select(append => (append.Writer!.Value, append.Line))]);
        command.CommandText += "select pg_backend_pid();";
        AddLocks(command, "pg_advisory_unlock", "u", [.. unlocks.Select(unlock => (unlock.Hold.Space, unlock.Hold.Numbers))]);
        AddLocks(command, "pg_try_advisory_lock", "t", [.. locks.Select(one => (one.Space, one.Numbers))]);
        string[] names = [.. locks.Select(one => one.NameKey).OfType<string>()];
        if (names.Length > 0)
        {
            AddNames(command, names);
        }

        var got = new List<bool>();
        List<JournalPart> parts = [];
        using (DbDataReader reader = command.ExecuteReader())
        {
            reader.Read();
            if (reader.GetInt32(0) != _backend)
            {
                throw _errors.Unfit("a connection pooler gives its sessions to others in between.",
                    "Name the server itself in LUMAPS_JOURNAL, or a pooler that pools by session.");
            }

            if (unlocks.Count > 0) reader.NextResult();
            if (locks.Count > 0)
            {
                reader.NextResult();
                while (reader.Read()) got.Add(reader.GetBoolean(0));
            }

            if (names.Length > 0)
            {
                reader.NextResult();
                parts = PostgresRows.ReadParts(reader, null, IsOwn, _skip);
            }

            // To its end: only then is it committed.
            while (reader.NextResult())
            {
            }
        }

        foreach (PostgresAppend append in appends) Succeed(append);
        ClearKept();
        if (parts.Exists(MayBeUnderWay)) parts = ReadWithLive(names);
        int next = 0;
        foreach (PostgresLock one in locks)
        {
            bool[] mine = [.. got.GetRange(next, one.Numbers.Length)];
            next += one.Numbers.Length;
            Give(one, mine, parts);
        }
    }

    // Who lives matters for what is open alone, and most names are new: so it is asked for where it matters.
    private static bool MayBeUnderWay(JournalPart part) =>
        !part.IsOwn && part.ToRecord() is { JobId: null } record && (record.IsOpen || record.IsWaiting);

    private static void AddNames(DbCommand command, string[] names)
    {
        command.CommandText += $"{PostgresRows.SelectBegin}id in (select id from lumaps.lines where name_key = " +
            $"any(@wanted)){PostgresRows.SelectEnd};";
        PostgresRows.Add(command, "wanted", names.Select(PostgresRows.Key).ToArray());
    }

    // First who lives, then what they wrote.
    private List<JournalPart> ReadWithLive(string[] names)
    {
        using DbCommand command = _connection!.CreateCommand();
        command.CommandText = PostgresRows.Live;
        AddNames(command, names);
        using DbDataReader reader = command.ExecuteReader();
        HashSet<long> live = PostgresRows.ReadLive(reader);
        reader.NextResult();
        return PostgresRows.ReadParts(reader, live, IsOwn, _skip);
    }

    private void Succeed(PostgresAppend append)
    {
        lock (_lock)
        {
            JournalLine line = append.Line;
            if (line.Waiting == true) _reserved[line.Id!] = append.Writer!.Value;
            else if (line.Event is not JournalEvents.Status and not JournalEvents.Saved) _reserved.Remove(line.Id!);
            append.Succeed();
        }
    }

    private void Give(PostgresLock one, bool[] got, List<JournalPart> parts)
    {
        bool isWhole = Array.TrueForAll(got, each => each);
        int[] taken = [.. one.Numbers.Where((_, i) => got[i])];
        var hold = new PostgresHold(_session, one.Space, taken, isWhole && one.NameKey is { } key ? Of(key, parts) : []);
        if (isWhole && one.Succeed(hold)) return;
        if (taken.Length > 0) Enqueue(new PostgresUnlock(hold));
        if (isWhole) return; // Nobody wants it any more.
        if (!one.IsPatient) one.Succeed(null);
        else lock (_lock) _waiting.Add(one);
    }

    private static List<JournalPart> Of(string nameKey, List<JournalPart> parts)
    {
        HashSet<string> ids =
            [.. parts.Where(part => part.Lines.Any(line => line.Name is { } name && JobName.Key(name) == nameKey)).Select(part => part.Id)];
        return parts.FindAll(part => ids.Contains(part.Id));
    }

    private static void AddLocks(DbCommand command, string function, string prefix, List<(int Space, int[] Numbers)> locks)
    {
        if (locks.Count == 0) return;
        command.CommandText += $"select {function}(t.s, t.n) from unnest(@{prefix}s, @{prefix}n) with ordinality as t(s, n, o) " +
            "order by t.o;";
        PostgresRows.Add(command, prefix + "s", locks.SelectMany(one => one.Numbers.Select(_ => one.Space)).ToArray());
        PostgresRows.Add(command, prefix + "n", locks.SelectMany(one => one.Numbers).ToArray());
    }

    // An intent whose reservation was another session's: nobody sees that any more, and the name may be another process's by
    // now. Whoever wanted it is told once, and takes the name anew.
    private bool IsStillGood(PostgresAppend append)
    {
        if (append.Done.IsCompleted) return false;
        if (!append.IsIntent) return true;
        lock (_lock)
        {
            string id = append.Line.Id!;
            bool isLost = (append.Writer is { } writer && writer != _session)
                || (append.Line.Name is not null && _reserved.TryGetValue(id, out long session) && session != _session);
            if (!isLost) return true;
            _reserved.Remove(id);
        }

        append.Fail(_errors.Lost());
        return false;
    }

    private void Fail(List<PostgresOperation> batch, Exception exception)
    {
        bool hadSession = _connection is not null;
        bool isAnswer = hadSession && exception is not LumaException && PostgresErrors.SqlState(exception) is not null
            && !PostgresErrors.IsAway(exception) && _connection!.State == ConnectionState.Open;
        List<PostgresAppend> appends = [.. batch.OfType<PostgresAppend>().Where(append => !append.Done.IsCompleted)];
        if (isAnswer && appends.Count > 0)
        {
            // The server took none of it, and said so. What is not a line has not been tried.
            Requeue([.. PostgresErrors.IsWorthRepeating(exception) ? batch : batch.Where(operation => operation is not PostgresAppend)]);
            if (!PostgresErrors.IsWorthRepeating(exception)) appends.ForEach(append => Refuse(append, exception));
            return;
        }

        Drop();
        if (!hadSession || isAnswer || exception is LumaException)
        {
            // It could not be reached at all, or is not fit for this.
            List<PostgresOperation> all = [.. batch, .. Take()];
            foreach (PostgresOperation operation in all)
            {
                if (operation is PostgresAppend append) Refuse(append, exception);
                else operation.Fail(_errors.Of(exception, "used", "Nothing was sent."));
            }

            return;
        }

        // The session broke, and nobody knows what of it arrived. What tells something is told again; what something would be
        // sent after is given up, and begun anew by whoever wants it.
        var again = new List<PostgresOperation>();
        foreach (PostgresOperation operation in batch.Where(operation => ++operation.Breaks > MostBreaks))
        {
            if (operation is PostgresAppend append) Refuse(append, exception);
            else operation.Fail(_errors.Of(exception, "used", "Nothing was sent."));
        }

        foreach (PostgresAppend append in appends.Where(append => append.Breaks <= MostBreaks))
        {
            if (!append.IsIntent)
            {
                Keep(append);
                again.Add(append);
                continue;
            }

            var unsent = new PostgresAppend(new JournalLine { Event = JournalEvents.Unsent, Id = append.Line.Id, At = append.Line.At })
                { Writer = append.Writer };
            Keep(unsent);
            again.Add(unsent);
            append.Fail(_errors.Lost());
        }

        Requeue([.. again, .. batch.OfType<PostgresLock>().Where(one => one.Breaks <= MostBreaks)]);
    }

    private void Refuse(PostgresAppend append, Exception exception)
    {
        if (append.Done.IsCompleted) return;
        if (append.IsIntent)
        {
            append.Fail(_errors.Of(exception, "written"));
            return;
        }

        bool isKept = Keep(append);
        if (isKept)
        {
            // The caller is told; the line itself is written by the next session.
            var later = new PostgresAppend(append.Line) { Writer = append.Writer, IsKept = true };
            lock (_lock) _undelivered.Add(later);
        }

        append.Fail(_errors.Of(exception, "written", isKept ? $"What was to be written is kept in {_kept!.Folder}, and is delivered " +
            "from there when the server is back." : null));
    }

    private void Requeue(List<PostgresOperation> operations)
    {
        lock (_lock) _queue.InsertRange(0, operations);
    }

    // Lines that came while there is no server are on this machine's disk before anybody waits for them.
    private void KeepQueued()
    {
        List<PostgresAppend> queued;
        lock (_lock) queued = [.. _queue.OfType<PostgresAppend>().Where(append => !append.IsIntent)];
        queued.ForEach(append => Keep(append));
    }

    private void ClearKept()
    {
        lock (_lock)
        {
            if (_undelivered.Count == 0 && !_queue.Exists(operation => operation is PostgresAppend { IsKept: true })) _kept?.Clear();
        }
    }

    private void Drop()
    {
        DbConnection? connection;
        lock (_lock)
        {
            connection = _connection;
            _connection = null;
        }

        try
        {
            connection?.Dispose();
        }
        catch (Exception exception) when (exception is DbException or IOException or InvalidOperationException)
        {
            // It is gone already.
        }
    }

    // The server knows a session by a number of 63 bits that no other has.
    private static long NewNumber() => Random.Shared.NextInt64(1, long.MaxValue);
}
