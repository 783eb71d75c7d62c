import Foundation
import StreamReplay
import TestScheduling
import Testing

/// The files under a path.
@Suite(.takesTurns) struct CaptureWalkTests {
    /// A folder that is deleted with this value.
    private struct Folder: ~Copyable {
        let url = FileManager.default.temporaryDirectory.appending(path: "midstream-walk-\(UUID())")

        init(_ names: String...) throws {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            for name in names {
                let file = url.appending(path: name)
                let parent = name.hasSuffix("/") ? file : file.deletingLastPathComponent()
                try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
                if !name.hasSuffix("/") { try Data(name.utf8).write(to: file) }
            }
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        func link(_ name: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: url.appending(path: name).path,
                withDestinationPath: target
            )
        }
    }

    /// The steps as text, with the paths relative to the folder.
    private func walk(_ folder: borrowing Folder, _ path: String = "") -> [String] {
        let root = folder.url.path + path
        var walk = CaptureWalk(path: Array(root.utf8))
        var steps: [String] = []
        while let step = walk.next(), steps.count < 1000 {
            func text(_ path: [UInt8]) -> String {
                String(String(decoding: path, as: UTF8.self).dropFirst(folder.url.path.count))
            }
            switch step {
            case .file(let path, let size): steps.append("\(text(path)) \(size)")
            case .unreadable(let path, let cause): steps.append("\(text(path)): \(cause)")
            case .skipped(let path, let reason): steps.append("\(text(path)) \(reason)")
            }
        }
        return steps
    }

    @Test func order() throws {
        let folder = try Folder("b", "a/z", "a/.hidden", "a-", "a.b", "c/", "B", "a/y/x")
        #expect(walk(folder) == ["/B 1", "/a/.hidden 9", "/a/y/x 5", "/a/z 3", "/a- 2", "/a.b 3", "/b 1"])
        #expect(walk(folder, "/") == walk(folder))
        #expect(walk(folder, "/b") == ["/b 1"])
        #expect(walk(folder, "/c") == [])
        #expect(walk(folder, "/nothing") == ["/nothing: No such file or directory"])
        #expect(walk(folder, "/b/x") == ["/b/x: Not a directory"])
    }

    /// Loops of links end, and a directory with several names is read once.
    @Test func links() throws {
        let folder = try Folder("d/a", "d/e/b", "f/g/")
        try folder.link("d/self", to: ".")
        try folder.link("d/e/up", to: "../..")
        try folder.link("file", to: "d/a")
        try folder.link("again", to: "d")
        try folder.link("dangling", to: "nothing")
        try folder.link("ring", to: "ring")
        try folder.link("f/g/h", to: "../../f")
        let loop = CaptureWalk.Reason.loop
        #expect(
            walk(folder) == [
                "/again/a 3", "/again/e/b 5", "/again/e/up \(loop)", "/again/self \(loop)",
                "/d \(CaptureWalk.Reason.repeated)", "/dangling: No such file or directory", "/f/g/h \(loop)",
                "/file 3", "/ring: Too many levels of symbolic links",
            ]
        )
    }

    /// Directories that all link to each other are each read once.
    @Test func mesh() throws {
        let names = (0..<8).map { "d\($0)" }
        let folder = try Folder()
        for name in names {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: name),
                withIntermediateDirectories: true
            )
            try Data().write(to: folder.url.appending(path: "\(name)/file"))
            for other in names { try folder.link("\(name)/\(other)", to: "../\(other)") }
        }
        #expect(walk(folder).filter { $0.hasSuffix("file 0") }.count == 8)
    }

    /// A FIFO in a directory is skipped; one that is given as the path is an error. Neither is opened.
    @Test func fifos() throws {
        let folder = try Folder("a")
        // The path is used only during the call.
        let code = unsafe mkfifo(folder.url.appending(path: "fifo").path, 0o600)
        #expect(code == 0)
        #expect(walk(folder) == ["/a 1", "/fifo \(CaptureWalk.Reason.notRegularFile)"])
        #expect(walk(folder, "/fifo") == ["/fifo: \(CaptureError.Cause.notRegularFile)"])
    }

    /// Names need not be UTF-8, and may contain line breaks.
    @Test func anyNames() throws {
        let folder = try Folder("a\nb")
        let name: [UInt8] = Array(folder.url.path.utf8) + [0x2F, 0xFF, 0xFE]
        // The path is NUL-terminated, and used only during the call.
        let descriptor = unsafe open(name.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600)
        // Some file systems accept only UTF-8.
        guard descriptor >= 0 else { return }
        close(descriptor)
        var walk = CaptureWalk(path: Array(folder.url.path.utf8))
        var paths: [[UInt8]] = []
        while case .file(let path, _)? = walk.next() { paths.append(path) }
        #expect(paths == [Array("\(folder.url.path)/a\nb".utf8), name])
    }
}
