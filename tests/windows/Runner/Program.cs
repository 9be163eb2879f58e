using System.Reflection;
using Luma.WindowsTests;
using Xunit.Abstractions;
using Xunit.Sdk;

// Runner ASSEMBLY RESULTS [--list] [--only FILE] [--but FILE]: both files name test cases, one a line.
// It lies in the folder of the tests, with their dependencies as its own. A line "whole" at the end of the results: all that was
// to be run was run. The exit code does not tell it: Wine ends with 0 also what has died.
string[] tests = Names("--only");
HashSet<string> left = [.. Names("--but")];
using var results = new Results(args[1]);
using var framework = new XunitTestFramework(results);
Assembly assembly = Assembly.Load(args[0]);

var found = new FoundCases();
using (ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly)))
{
    discoverer.Find(includeSourceInformation: false, found, new Options());
    found.Done.WaitOne();
}

IEnumerable<ITestCase> cases = found.Cases.Where(test => !left.Contains(test.DisplayName));
if (args.Contains("--only"))
{
    HashSet<string> only = [.. tests];
    cases = cases.Where(test => only.Contains(test.DisplayName));
}

ITestCase[] chosen = [.. cases];
if (args.Contains("--list"))
{
    foreach (ITestCase test in chosen) results.Write("case", test.DisplayName);
    return 0;
}

if (chosen.Length == 0) return 0;
using ITestFrameworkExecutor executor = framework.GetExecutor(assembly.GetName());
executor.RunTests(chosen, results, new Options());
results.Done.WaitOne();
results.Write("whole");
return 0;

string[] Names(string option)
{
    int at = Array.IndexOf(args, option);
    return at < 0 ? [] : File.ReadAllLines(args[at + 1]);
}
