/// The token counts of a message: the `usage` of the Messages API.
///
/// In a stream the counts are cumulative: those of a `message_delta` replace the earlier ones, and counts that it omits
/// keep their values. Counts that were never received are `nil`.
public struct Usage: Sendable, Hashable {
    /// Input tokens that were neither read from a cache nor written to one.
    public var inputTokens: Int?
    /// Output tokens so far.
    public var outputTokens: Int?
    /// Input tokens that were written to a cache.
    public var cacheCreationInputTokens: Int?
    /// Input tokens that were read from a cache.
    public var cacheReadInputTokens: Int?
    /// The tokens written to caches, by their time to live.
    public var cacheCreation: CacheCreation?
    /// The number of uses of server tools.
    public var serverToolUse: ServerToolUse?
    /// The tier that served the request, such as `standard`.
    public var serviceTier: String?
    /// Members without a property of their own, or of an unexpected type.
    public var additionalMembers: [JSONMember] = []

    /// Creates a usage without any counts.
    public init() {}

    /// Tokens written to caches, by their time to live.
    public struct CacheCreation: Sendable, Hashable {
        /// Tokens kept for five minutes.
        public var ephemeral5mInputTokens: Int?
        /// Tokens kept for an hour.
        public var ephemeral1hInputTokens: Int?
        /// Members without a property of their own.
        public var additionalMembers: [JSONMember] = []

        /// Creates a value without any counts.
        public init() {}
    }

    /// The number of uses of server tools.
    public struct ServerToolUse: Sendable, Hashable {
        /// Web searches.
        public var webSearchRequests: Int?
        /// Fetched pages.
        public var webFetchRequests: Int?
        /// Members without a property of their own.
        public var additionalMembers: [JSONMember] = []

        /// Creates a value without any counts.
        public init() {}
    }

    /// Replaces the counts that `later` contains, and keeps the others.
    public mutating func merge(_ later: Usage) {
        inputTokens = later.inputTokens ?? inputTokens
        outputTokens = later.outputTokens ?? outputTokens
        cacheCreationInputTokens = later.cacheCreationInputTokens ?? cacheCreationInputTokens
        cacheReadInputTokens = later.cacheReadInputTokens ?? cacheReadInputTokens
        cacheCreation = later.cacheCreation ?? cacheCreation
        serverToolUse = later.serverToolUse ?? serverToolUse
        serviceTier = later.serviceTier ?? serviceTier
        additionalMembers.merge(later.additionalMembers)
    }
}
