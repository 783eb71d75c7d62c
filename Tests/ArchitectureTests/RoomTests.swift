import Foundation
import TestScheduling
import Testing

/// The folders of a module depend on each other in one direction: a folder uses only those before it in the list.
@Suite(.takesTurns) struct RoomTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The folders of a module, in the order in which data passes through them; "" is the module's top-level folder.
    struct Module: Sendable, CustomTestStringConvertible {
        let name: String
        let rooms: [String]

        var testDescription: String { name }

        private var folder: URL { RoomTests.root.appending(path: "Sources/\(name)") }

        /// The paths of the files in the module's folder.
        func paths() throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }.sorted()
        }

        /// The files of the module, each with its path in the module's folder.
        func files() throws -> [(path: String, source: SwiftSource)] {
            try paths().map { path in
                (path, SwiftSource(try String(contentsOf: folder.appending(path: path), encoding: .utf8)))
            }
        }
    }

    static let modules = [
        Module(
            name: "MessageStream",
            rooms: [
                "JSON", "Messages", "Failure", "Decoding", "Grammar", "Verdict", "", "Async/Stalls", "Async",
                "Async/Retrying",
            ]
        ),
        Module(name: "MessageStreamTransport", rooms: ["", "Descriptors", "TCP", "URLSession"]),
        Module(
            name: "StreamReplay",
            rooms: ["Files", "Archives", "Responses", "Traces", "", "Playback", "Analysis", "Faults", "Server"]
        ),
        Module(name: "MidstreamCommand", rooms: ["Text", "Invocation", "Display", "Report", "Scan", "Commands", ""]),
    ]

    @Test(arguments: modules)
    func goOneWay(_ module: Module) throws {
        let files = try module.files()
        #expect(!files.isEmpty)
        let edges = Self.backEdges(files, rooms: module.rooms)
        #expect(edges.isEmpty, "\(edges.joined(separator: "\n"))")
    }

    /// Every folder is in the list.
    @Test(arguments: modules)
    func areAllListed(_ module: Module) throws {
        #expect(Set(try module.paths().map(Self.room)) == Set(module.rooms))
    }

    private static func room(of path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }

    /// The uses of types of later folders, with a line for each file and type.
    private static func backEdges(_ files: [(path: String, source: SwiftSource)], rooms: [String]) -> [String] {
        func position(_ path: String) -> Int { rooms.firstIndex(of: room(of: path)) ?? -1 }
        var homes: [String: String] = [:]
        for file in files {
            for type in file.source.declaredTypes { homes[type] = file.path }
        }
        return files.flatMap { file in
            file.source.namedTypes.sorted().compactMap { type in
                guard let home = homes[type], position(home) > position(file.path) else { return nil }
                return "\(file.path) uses \(type), which \(home) declares"
            }
        }
    }

    // MARK: Tests of the check itself

    @Test func aBackEdgeIsFound() {
        let low = SwiftSource(#"struct Low { let text = "High \(High().name)" } // High"#)
        let high = SwiftSource("struct High { let low: Low }")
        func edges(_ low: SwiftSource) -> [String] {
            Self.backEdges([("A/Low.swift", low), ("B/High.swift", high)], rooms: ["A", "B"])
        }
        #expect(edges(low).isEmpty)
        #expect(
            edges(SwiftSource("extension Low { var high: High? { nil } }")) == [
                "A/Low.swift uses High, which B/High.swift declares"
            ]
        )
    }

    @Test(arguments: [
        (##"let a = #"a "b\#(c("}"))"# ; struct A {}"##, ["A"]),
        ("let a = \"\\\"{\"; struct A { struct B {} }", ["A"]),
        ("/* struct B */ enum A {} // class C", ["A"]),
        ("let a = \"\"\"\n struct B { \"\" \n\"\"\"\nprotocol A {}; typealias C = Int", ["A", "C"]),
        ("final class A { enum B {} }\nactor C {}", ["A", "C"]),
    ])
    func topLevelTypesAreFound(_ text: String, _ types: [String]) {
        #expect(SwiftSource(text).declaredTypes == Set(types))
    }
}
