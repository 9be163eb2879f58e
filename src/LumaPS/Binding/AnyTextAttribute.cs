using System.Management.Automation;

namespace LumaPS.Binding;

/// <summary>Lets a text parameter take whatever comes, an array too, so that it is the cmdlet that refuses it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AnyTextAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => inputData switch
    {
        null => null,
        PSObject { BaseObject: object[] several } => string.Join(", ", several),
        object[] several => string.Join(", ", several),
        _ => inputData.ToString(),
    };
}
