using System.Management.Automation;
using Luma;
using LumaPS.Connections;

namespace LumaPS.Binding;

/// <summary>Lets a parameter that takes a connection take its name as well.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ConnectionOrNameAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string name) return inputData;
        try
        {
            return ProcessConnection.Named(name) ?? throw ConnectionNames.Unknown("Connection", name);
        }
        catch (LumaException exception)
        {
            throw new ArgumentTransformationMetadataException(exception.Message, exception);
        }
    }
}
