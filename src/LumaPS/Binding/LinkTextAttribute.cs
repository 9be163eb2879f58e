using System.Management.Automation;

namespace LumaPS.Binding;

/// <summary>Takes a Uri object as it was written; its own text has escapes undone, and would be another link.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LinkTextAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is Uri link ? link.OriginalString : inputData;
}
