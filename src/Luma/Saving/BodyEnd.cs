namespace Luma;

/// <summary>Why no more of an answer's body is read.</summary>
internal enum BodyEnd
{
    /// <summary>It has ended, whether that is the end of the video or not.</summary>
    Ended,

    /// <summary>It does not begin as a video does. Nothing of it was written.</summary>
    NotAVideo,

    /// <summary>It has more bytes than a video may have.</summary>
    TooLarge,
}
