using System.Management.Automation;
using Luma;

namespace LumaPS.Binding;

/// <summary>
/// Makes a property that throws, mostly one that is a script, the error of its object. PowerShell reads the properties that have a
/// parameter's name after this parameter, and one that throws there ends the complete pipeline.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ReadablePropertiesAttribute : ArgumentTransformationAttribute
{
    private static readonly HashSet<string> _names = new(
        JobFields.Requests.SelectMany(field => (string[])[field.Name, field.WireName]).Append(nameof(LumaJob.Name)),
        StringComparer.OrdinalIgnoreCase);

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (inputData is not PSObject row) return inputData;
        foreach (PSPropertyInfo property in row.Properties.Where(property => _names.Contains(property.Name)))
        {
            try
            {
                _ = property.Value;
            }
            catch (GetValueException exception)
            {
                throw new ArgumentTransformationMetadataException(
                    $"Its {property.Name} cannot be read: {ErrorText.Reason(exception)} Nothing was sent for it.", exception);
            }
        }

        return inputData;
    }
}
