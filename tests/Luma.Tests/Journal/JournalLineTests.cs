using System.Reflection;

namespace Luma.Tests;

/// <summary>A member of a line that was forgotten in its JSON fails here, by its name.</summary>
public class JournalLineTests
{
    public static TheoryData<string> Members => new(typeof(JournalLine).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite).Select(property => property.Name));

    [Theory]
    [MemberData(nameof(Members))]
    public void A_member_is_written_and_read_again(string name)
    {
        PropertyInfo member = typeof(JournalLine).GetProperty(name)!;
        Type type = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
        object value = type == typeof(string) ? "value"
            : type == typeof(bool) ? true
            : type == typeof(DateTime) ? JournalLines.At
            : type == typeof(LumaJob) ? new LumaJob { Prompt = "a red car" }
            : Convert.ChangeType(2, type, null);
        var line = new JournalLine { Event = JournalEvents.Status, Id = "1" };
        member.SetValue(line, value);
        byte[] written = JournalJson.Write(line);
        JournalLine read = JournalJson.Read(written.AsSpan(0, written.Length - 1))!;
        Assert.Equal(value, member.GetValue(read));
        Assert.Equal(line, read);
    }
}
