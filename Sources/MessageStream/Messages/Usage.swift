/// The tokens that a message took: the `usage` of the Messages API.
///
/// In a stream the numbers are cumulative: those of a `message_delta` replace the earlier ones, and what it leaves out
/// keeps its value. What the wire left out altogether is nil.
public struct Usage: Sendable, Hashable {
    /// Input tokens that were neither read from nor written to a cache.
    public var inputTokens: Int?
    /// Output tokens so far.
    public var outputTokens: Int?
    /// Input tokens that were written to a cache.
    public var cacheCreationInputTokens: Int?
    /// Input tokens that were read from a cache.
    public var cacheReadInputTokens: Int?
    /// The tokens written to caches, by their time to live.
    public var cacheCreation: CacheCreation?
    /// How often the service used tools on its side.
    public var serverToolUse: ServerToolUse?
    /// The tier that served the request, such as `standard`.
    public var serviceTier: String?
    /// What has no property of its own, or not the type that it has here.
    public var additionalMembers: [JSONMember] = []

    /// Creates a usage without any counts.
    public init() {}

    /// Tokens written to caches, by their time to live.
    public struct CacheCreation: Sendable, Hashable {
        /// Tokens kept for five minutes.
        public var ephemeral5mInputTokens: Int?
        /// Tokens kept for an hour.
        public var ephemeral1hInputTokens: Int?
        /// What has no property of its own.
        public var additionalMembers: [JSONMember] = []

        /// Creates a value without any counts.
        public init() {}
    }

    /// How often the service used tools on its side.
    public struct ServerToolUse: Sendable, Hashable {
        /// Web searches.
        public var webSearchRequests: Int?
        /// Fetched pages.
        public var webFetchRequests: Int?
        /// What has no property of its own.
        public var additionalMembers: [JSONMember] = []

        /// Creates a value without any counts.
        public init() {}
    }

    /// Replaces the counts that `later` has; the others stay.
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
