using System.Globalization;

namespace Luma.Tests.Support;

/// <summary>Runs a test as a user elsewhere would.</summary>
internal static class Cultures
{
    public static void With(string name, Action test)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(name);
        try
        {
            test();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
