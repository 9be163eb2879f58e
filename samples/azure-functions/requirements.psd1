# LumaPS comes with the app, in Modules/LumaPS; nothing is downloaded when the app starts.
@{}
