// swift-tools-version: 6.3

import PackageDescription

/// One array for every target: the language rules of the package stand here and nowhere else.
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
// Warnings are errors in this package's own checks only. A package that depends on this one by path may have a newer
// compiler, which has more of them.
if Context.environment["MIDSTREAM_STRICT"] != nil { settings.append(.treatAllWarnings(as: .error)) }

let package = Package(
    name: "Midstream",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "ServerSentEvents", targets: ["ServerSentEvents"]),
        .library(name: "HTTPResponse", targets: ["HTTPResponse"]),
        .library(name: "MessageStream", targets: ["MessageStream"]),
        .library(name: "MessageStreamTransport", targets: ["MessageStreamTransport"]),
        .executable(name: "midstream", targets: ["MidstreamCommand"]),
    ],
    targets: [
        .target(name: "ServerSentEvents", swiftSettings: settings),
        .target(name: "HTTPResponse", swiftSettings: settings),
        .target(name: "MessageStream", dependencies: ["HTTPResponse", "ServerSentEvents"], swiftSettings: settings),
        .target(
            name: "MessageStreamTransport",
            dependencies: ["HTTPResponse", "MessageStream"],
            swiftSettings: settings
        ),
        .target(name: "StreamReplay", dependencies: ["HTTPResponse"], swiftSettings: settings),
        .executableTarget(
            name: "MidstreamCommand",
            dependencies: [
                "HTTPResponse", "MessageStream", "MessageStreamTransport", "ServerSentEvents", "StreamReplay",
            ],
            swiftSettings: settings
        ),
        .target(name: "ReferenceEventStream", path: "Tests/ReferenceEventStream", swiftSettings: settings),
        .target(
            name: "EventStreamVerifier",
            dependencies: ["ReferenceEventStream", "ServerSentEvents"],
            path: "Tests/EventStreamVerifier",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "FuzzEventStream",
            dependencies: ["EventStreamVerifier"],
            path: "Tests/Fuzz/FuzzEventStream",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ServerSentEventsTests",
            dependencies: ["CaptureCorpus", "EventStreamVerifier", "ReferenceEventStream", "ServerSentEvents"],
            swiftSettings: settings
        ),
        .target(
            name: "ReferenceJSON",
            dependencies: ["MessageStream"],
            path: "Tests/ReferenceJSON",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "FuzzJSON",
            dependencies: ["ReferenceJSON"],
            path: "Tests/Fuzz/FuzzJSON",
            swiftSettings: settings
        ),
        .target(
            name: "MessageStreamVerifier",
            dependencies: ["HTTPResponse", "MessageStream", "ServerSentEvents"],
            path: "Tests/MessageStreamVerifier",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "FuzzMessageStream",
            dependencies: ["MessageStreamVerifier"],
            path: "Tests/Fuzz/FuzzMessageStream",
            swiftSettings: settings
        ),
        .target(
            name: "ReferenceHTTPResponse",
            dependencies: ["EventStreamVerifier", "HTTPResponse"],
            path: "Tests/ReferenceHTTPResponse",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "FuzzHTTPResponse",
            dependencies: ["ReferenceHTTPResponse"],
            path: "Tests/Fuzz/FuzzHTTPResponse",
            swiftSettings: settings
        ),
        .testTarget(
            name: "HTTPResponseTests",
            dependencies: ["EventStreamVerifier", "HTTPResponse", "ReferenceHTTPResponse"],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .target(name: "CaptureCorpus", path: "Tests/CaptureCorpus", swiftSettings: settings),
        .testTarget(
            name: "MessageStreamTests",
            dependencies: [
                "CaptureCorpus", "HTTPResponse", "MessageStream", "MessageStreamVerifier", "ReferenceJSON",
                "ServerSentEvents",
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "StreamReplayTests", dependencies: ["StreamReplay"], swiftSettings: settings),
        .target(
            name: "LoopbackServer",
            dependencies: ["MessageStream"],
            path: "Tests/LoopbackServer",
            swiftSettings: settings
        ),
        .testTarget(
            name: "MessageStreamTransportTests",
            dependencies: [
                "CaptureCorpus", "HTTPResponse", "LoopbackServer", "MessageStream", "MessageStreamTransport",
            ],
            exclude: ["FAULTS.md"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MidstreamCommandTests",
            dependencies: ["CaptureCorpus", "LoopbackServer", "MidstreamCommand"],
            exclude: ["Recordings"],
            swiftSettings: settings
        ),

        // Benchmarks: `swift run -c release Benchmarks`.
        .target(name: "StreamGenerators", path: "Benchmarks/Generators", swiftSettings: settings),
        .target(
            name: "BenchmarkHarness",
            dependencies: ["StreamGenerators"],
            path: "Benchmarks/Harness",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Benchmarks",
            dependencies: ["BenchmarkHarness", "MessageStream", "ServerSentEvents", "StreamGenerators"],
            path: "Benchmarks/Suite",
            swiftSettings: settings
        ),
        .testTarget(
            name: "BenchmarkTests",
            dependencies: ["BenchmarkHarness", "StreamGenerators"],
            swiftSettings: settings
        ),
    ]
)
