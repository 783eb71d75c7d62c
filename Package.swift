// swift-tools-version: 6.3

import PackageDescription

/// The language rules of every target.
var settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    // Own `~Escapable` types; users of the package need no flag.
    .enableExperimentalFeature("Lifetimes"),
]
// Warnings are errors in this package's own checks only. A package that depends on this one by path may be built with a
// newer compiler, which may report more of them.
if Context.environment["MIDSTREAM_STRICT"] != nil { settings.append(.treatAllWarnings(as: .error)) }

let package = Package(
    name: "Midstream",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "ServerSentEvents", targets: ["ServerSentEvents"]),
        .library(name: "HTTPResponseParsing", targets: ["HTTPResponseParsing"]),
        .library(name: "MessageStream", targets: ["MessageStream"]),
        .library(name: "MessageStreamTransport", targets: ["MessageStreamTransport"]),
        .library(name: "StreamReplay", targets: ["StreamReplay"]),
        .executable(name: "midstream", targets: ["MidstreamCommand"]),
    ],
    targets: [
        .target(name: "ServerSentEvents"),
        .target(name: "HTTPResponseParsing"),
        .target(name: "MessageStream", dependencies: ["HTTPResponseParsing", "ServerSentEvents"]),
        .target(
            name: "MessageStreamTransport",
            dependencies: ["HTTPResponseParsing", "MessageStream"]
        ),
        .target(name: "StreamReplay", dependencies: ["HTTPResponseParsing", "MessageStream", "ServerSentEvents"]),
        .executableTarget(
            name: "MidstreamCommand",
            dependencies: [
                "HTTPResponseParsing", "MessageStream", "MessageStreamTransport", "ServerSentEvents", "StreamReplay",
            ]
        ),

        // Tests. For each parser there are a reference, which imports nothing of the package, a verifier, which compares the
        // parser with it, and a fuzzer, which runs the verifier.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        // The trait by which the suites of all modules share the machine; every other test target depends on it.
        .testTarget(name: "TestScheduling"),
        .target(name: "CaptureCorpus", dependencies: ["TestSupport"], path: "Tests/CaptureCorpus"),
        .target(name: "LoopbackServer", dependencies: ["MessageStream"], path: "Tests/LoopbackServer"),

        .target(name: "ReferenceEventStream", path: "Tests/ReferenceEventStream"),
        .target(
            name: "EventStreamVerifier",
            dependencies: ["ReferenceEventStream", "ServerSentEvents", "TestSupport"],
            path: "Tests/EventStreamVerifier"
        ),
        .executableTarget(
            name: "FuzzEventStream",
            dependencies: ["EventStreamVerifier"],
            path: "Tests/Fuzz/FuzzEventStream"
        ),
        .testTarget(
            name: "ServerSentEventsTests",
            dependencies: [
                "CaptureCorpus", "EventStreamVerifier", "ReferenceEventStream", "ServerSentEvents", "TestSupport",
            ]
        ),

        .target(name: "ReferenceHTTPResponse", path: "Tests/ReferenceHTTPResponse"),
        .target(
            name: "HTTPResponseVerifier",
            dependencies: ["HTTPResponseParsing", "ReferenceHTTPResponse", "TestSupport"],
            path: "Tests/HTTPResponseVerifier"
        ),
        .executableTarget(
            name: "FuzzHTTPResponse",
            dependencies: ["HTTPResponseVerifier"],
            path: "Tests/Fuzz/FuzzHTTPResponse"
        ),
        .testTarget(
            name: "HTTPResponseParsingTests",
            dependencies: ["HTTPResponseParsing", "HTTPResponseVerifier", "TestSupport"],
            exclude: ["Fixtures"]
        ),

        .target(name: "ReferenceJSON", path: "Tests/ReferenceJSON"),
        .target(
            name: "JSONVerifier",
            dependencies: ["MessageStream", "ReferenceJSON", "TestSupport"],
            path: "Tests/JSONVerifier"
        ),
        .executableTarget(
            name: "FuzzJSON",
            dependencies: ["JSONVerifier"],
            path: "Tests/Fuzz/FuzzJSON"
        ),

        .target(name: "ReferenceMessageStream", path: "Tests/ReferenceMessageStream"),
        .target(
            name: "MessageStreamVerifier",
            dependencies: ["HTTPResponseParsing", "MessageStream", "ServerSentEvents", "TestSupport"],
            path: "Tests/MessageStreamVerifier"
        ),
        .executableTarget(
            name: "FuzzMessageStream",
            dependencies: ["MessageStreamVerifier"],
            path: "Tests/Fuzz/FuzzMessageStream"
        ),
        .executableTarget(
            name: "FuzzSpelling",
            dependencies: ["MessageStreamVerifier"],
            path: "Tests/Fuzz/FuzzSpelling"
        ),
        .testTarget(
            name: "MessageStreamTests",
            dependencies: [
                "CaptureCorpus", "HTTPResponseParsing", "JSONVerifier", "MessageStream", "MessageStreamVerifier",
                "ReferenceJSON", "ReferenceMessageStream", "ServerSentEvents", "TestSupport",
            ]
        ),
        .testTarget(
            name: "StreamReplayTests",
            dependencies: [
                "CaptureCorpus", "HTTPResponseParsing", "LoopbackServer", "MessageStream", "ServerSentEvents",
                "StreamReplay", "TestSupport",
            ]
        ),
        .testTarget(
            name: "MessageStreamTransportTests",
            dependencies: [
                "CaptureCorpus", "HTTPResponseParsing", "LoopbackServer", "MessageStream", "MessageStreamTransport",
                "TestSupport",
            ],
            exclude: ["FAULTS.md"]
        ),
        .testTarget(
            name: "MidstreamCommandTests",
            dependencies: ["CaptureCorpus", "LoopbackServer", "MidstreamCommand", "TestSupport"],
            exclude: ["Recordings"]
        ),
        .testTarget(name: "ArchitectureTests"),

        // The names of other packages beside those of this one.
        .target(name: "HTTPTypesStandIn", path: "Tests/StandIns/HTTPTypesStandIn"),
        .target(name: "NIOHTTP1StandIn", path: "Tests/StandIns/NIOHTTP1StandIn"),
        .testTarget(
            name: "CoexistenceTests",
            dependencies: ["HTTPResponseParsing", "HTTPTypesStandIn", "MessageStream", "NIOHTTP1StandIn"]
        ),

        // Benchmarks: `swift run -c release Benchmarks`.
        .target(name: "StreamGenerators", dependencies: ["ServerSentEvents"], path: "Benchmarks/Generators"),
        .target(
            name: "BenchmarkHarness",
            dependencies: ["StreamGenerators"],
            path: "Benchmarks/Harness"
        ),
        .executableTarget(
            name: "Benchmarks",
            dependencies: ["BenchmarkHarness", "MessageStream", "ServerSentEvents", "StreamGenerators"],
            path: "Benchmarks/Suite"
        ),
        .testTarget(
            name: "BenchmarkTests",
            dependencies: ["BenchmarkHarness", "StreamGenerators", "TestSupport"]
        ),
    ]
)

for target in package.targets {
    target.swiftSettings = settings
    if target.type == .test, target.name != "TestScheduling" { target.dependencies.append("TestScheduling") }
}
