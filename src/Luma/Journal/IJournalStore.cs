namespace Luma;

/// <summary>
/// Where the lines of a journal lie. What they mean (merging, states, names, what is in flight, what is unconfirmed) is
/// <see cref="Journal"/>'s business and one code for all stores; a store keeps lines, finds them again, and knows who lives.
/// </summary>
/// <remarks>
/// <para>
/// <b>Lines and writers.</b> A line never changes and is never taken away by anybody but a compaction, which must leave
/// every record as it was. Each line has a writer: one process, or one session of it. The order of the lines of one writer
/// counts and is kept; between writers no order is needed, since merging gives the same in any order. A record has lines of
/// one writer or of many: one process submits, another waits, a third saves.
/// </para>
/// <para>
/// <b>Who lives.</b> An intent without an end is in flight while its writer lives, and unconfirmed once it is gone. So
/// <see cref="JournalPart.IsWriterAlive"/> may be false only when the writer is certainly gone, and then stays false; and
/// what a writer wrote before it went must be seen by whoever is told that it is gone: look whether it lives first, and read
/// its lines after. A writer that has lost its session and has a new one counts as itself: its old parts are
/// <see cref="JournalPart.IsOwn"/> as well, and <see cref="Journal"/> knows of those which are really on their way.
/// </para>
/// <para>
/// <b>Locks.</b> <see cref="LockAsync"/> is held from reading whether a name is taken to the flush of the intent that takes
/// it. Whoever has it must see all lines whose append had ended when the lock before it was released. A lock and a claim end
/// with their holder, however that ends.
/// </para>
/// <para>
/// <b>Threads and failures.</b> All members may be called from any thread, several at a time. Reading is synchronous, as
/// those who read hold a thread anyway, and takes no longer than a store's own timeout. Whatever goes wrong is a
/// <see cref="LumaException"/> with <see cref="LumaErrorId.LumaJournalError"/>, whose text names <see cref="Location"/> and
/// whose action says what to do; no other exception leaves a store, <see cref="OperationCanceledException"/> apart. A caller
/// adds what was sent and what it cost.
/// </para>
/// </remarks>
internal interface IJournalStore
{
    /// <summary>Where the journal is, for errors and warnings: a folder, or a server and database. Never a password.</summary>
    string Location { get; }

    /// <summary>How many lines that it has seen so far the store could not read: truncated, unrecognized, or of a newer version.</summary>
    int SkippedLines { get; }

    /// <summary>
    /// What of the journal the last reading could not look at, and why: a sentence; null: it has seen all there is. A list is
    /// given all the same, with this as a warning; whether a name is taken cannot be told.
    /// </summary>
    string? Unreadable { get; }

    /// <summary>
    /// Writes a line. The task ends when the line is durable: a power failure would not undo it. Lines that come together may be flushed
    /// together.
    /// </summary>
    /// <param name="line">The line, complete with its <see cref="JournalLine.At"/>.</param>
    /// <exception cref="LumaException">The line is not written, or nobody knows whether it is. Writing it once more does no
    /// harm.</exception>
    Task AppendAsync(JournalLine line);

    /// <summary>
    /// Finds out whether a line could be written, and leaves none. What a first line would make (a folder, tables) is made.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LumaException">No line could be written now.</exception>
    Task CheckWritableAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes a lock on some keys, all or none, against this process and all others that use the store; waits while somebody else has one of
    /// them.
    /// </summary>
    /// <param name="keys">The keys, compared ordinally; all of them or none, so that two who want the same two never wait for each
    /// other.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The lock. Disposing of it returns immediately and does not fail; the release may take its time.</returns>
    Task<IDisposable> LockAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Claims something for a longer time, e.g. the saving of one job's video: whoever does not get it leaves it alone. Claims
    /// and locks know nothing of each other, and nothing that is locked ever waits for a claim.
    /// </summary>
    /// <param name="key">What is claimed, compared ordinally.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The claim; null: somebody else has it, in this process or in another one.</returns>
    Task<IDisposable?> TryClaimAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Reads every record that matches. It may read records that do not match, which the caller sorts out; it may not miss one that
    /// does, and may not leave out a part of any record that it reads. A line whose append ended before the call, in this process or
    /// in another one, is seen. It reads no more than the answer needs.
    /// </summary>
    /// <param name="query">Which records.</param>
    /// <param name="merge">
    /// Makes one of all parts of a record, of which there is at least one, in no order; null leaves the record out. It may be called on
    /// several threads at a time, and again where reading has to begin again, and must not use the store.
    /// </param>
    /// <returns>What it made, in no order.</returns>
    IReadOnlyList<T> Read<T>(JournalQuery query, Func<IReadOnlyList<JournalPart>, T?> merge)
        where T : class;
}
