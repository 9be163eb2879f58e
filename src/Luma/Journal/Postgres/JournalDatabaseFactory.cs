using System.Data.Common;

namespace Luma;

/// <summary>
/// Understands the address of a PostgreSQL database. Only framework types cross: what stands behind it lives with its
/// packages in a load context of its own.
/// </summary>
/// <param name="address">A connection string or a <c>postgresql://</c> address.</param>
/// <returns>
/// Where that is, to be shown, without a password; and what makes a connection, closed: for true one out of a small pool,
/// for false one of its own. A failure's SQLSTATE is in <see cref="Exception.Data"/> as <c>SqlState</c>.
/// </returns>
/// <exception cref="ArgumentException">It is no address. The text holds no password.</exception>
public delegate (string Location, Func<bool, DbConnection> Create) JournalDatabaseFactory(string address);
