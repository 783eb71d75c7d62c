/// Finds the files under a path. Within each directory, they are sorted by the bytes of their names.
///
/// Symbolic links are followed. Each directory is read once, no matter how many links lead to it, so a loop of links
/// ends.
///
/// - Memory: the names in the directories that contain the current file, and 16 bytes for each directory.
package struct CaptureWalk: Sendable {
    /// A step of the walk.
    package enum Step: Sendable, Hashable {
        /// A regular file and its size in bytes.
        case file([UInt8], size: Int)
        /// A path that cannot be read.
        case unreadable([UInt8], CaptureError.Cause)
        /// A path that is skipped.
        case skipped([UInt8], Reason)
    }

    /// The reason for skipping a path.
    package enum Reason: Sendable, Hashable {
        /// The path is a directory that contains it.
        case loop
        /// The path is a directory that was read under another name.
        case repeated
        /// The path is a FIFO, a socket or a device.
        case notRegularFile
    }

    /// A directory that contains the current file.
    private struct Level {
        /// The path, with a slash at its end.
        var path: [UInt8]
        var identity: FileStatus.Identity
        var listing: DirectoryListing
        var index = 0
    }

    /// The given path, until it is read.
    private var root: [UInt8]?
    private var levels: [Level] = []
    /// The directories read so far.
    private var directories: Set<FileStatus.Identity> = []

    /// - Parameter path: The path of a file or of a directory.
    package init(path: [UInt8]) { root = path }

    /// The next step; `nil` at the end.
    package mutating func next() -> Step? {
        if let root {
            self.root = nil
            if let step = visit(root, isGiven: true) { return step }
        }
        while var level = levels.popLast() {
            guard level.index < level.listing.count else { continue }
            let path = level.path + level.listing[level.index]
            level.index += 1
            levels.append(level)
            if let step = visit(path, isGiven: false) { return step }
        }
        return nil
    }

    /// Visits a path.
    ///
    /// - Parameter isGiven: Whether the path is the given one rather than one found in a directory.
    /// - Returns: `nil` for a directory, which becomes the last level.
    private mutating func visit(_ path: [UInt8], isGiven: Bool) -> Step? {
        do throws(CaptureError.Cause) {
            let status = try FileStatus(path: path)
            switch status.kind {
            case .regular: return .file(path, size: status.size)
            case .other: return isGiven ? .unreadable(path, .notRegularFile) : .skipped(path, .notRegularFile)
            case .directory: break
            }
            guard directories.insert(status.identity).inserted else {
                let isLoop = levels.contains { $0.identity == status.identity }
                return .skipped(path, isLoop ? .loop : .repeated)
            }
            let listing = try DirectoryListing(path: path)
            let slash = path.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
            levels.append(Level(path: path + slash, identity: status.identity, listing: listing))
            return nil
        } catch {
            return .unreadable(path, error)
        }
    }
}

extension CaptureWalk.Reason: CustomStringConvertible {
    /// A clause that states the reason.
    package var description: String {
        switch self {
        case .loop: "the link leads back to a directory above it"
        case .repeated: "the directory was already read under another name"
        case .notRegularFile: "it is not a regular file"
        }
    }
}
