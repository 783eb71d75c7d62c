// The head of a response is part of this module's API: its fields and status can be used with this module imported alone.
@_exported public import HTTPResponseParsing
