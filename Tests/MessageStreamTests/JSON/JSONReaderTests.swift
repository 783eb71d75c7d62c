import MessageStream
import TestScheduling
import Testing

/// The error that `body` throws, or `nil`.
func failure(of body: () throws(JSONError) -> Void) -> JSONError? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}

@Suite(.takesTurns) struct JSONReaderTests {
    /// The typical use of the reader: known members are read, unknown ones skipped.
    @Test func readsAnEventByItsMembers() throws {
        let json = #"{"type":"content_block_delta","index":12,"x":[1,{"y":[]}],"d":{"t":" hi\n","b":true,"n":null}}"#
        let text = Array(json.utf8)
        var reader = JSONReader(text.rawBytes)
        var seen: [String] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.equals("type") {
                seen.append(try reader.readString().equals("content_block_delta") ? "delta" : "other")
            } else if key.equals("index") {
                seen.append(String(try reader.readInt()))
            } else if key.equals("d") {
                try reader.beginObject()
                seen.append("depth \(reader.depth)")
                while let key = try reader.nextKey() {
                    switch try reader.peekKind() {
                    case .string: seen.append(try reader.readString().makeString())
                    case .true, .false: seen.append(String(try reader.readBool()))
                    default: seen.append(try reader.readNullIfPresent() ? "\(key.makeString()) null" : "other")
                    }
                }
            } else {
                seen.append(try reader.readRaw().description)
            }
        }
        try reader.finish()
        #expect(seen == ["delta", "12", #"[1,{"y":[]}]"#, "depth 2", " hi\n", "true", "n null"])
        let (position, depth) = (reader.position, reader.depth)
        #expect(position == text.count)
        #expect(depth == 0)
    }

    @Test func refusesAnotherTypeWithoutConsumingIt() throws {
        let text = Array(#" {"a":"b"}"#.utf8)
        var reader = JSONReader(text.rawBytes)
        #expect(failure { () throws(JSONError) in try reader.beginArray() } == JSONError(.typeMismatch, at: 1))
        try reader.beginObject()
        let key = try reader.nextKey()?.makeString()
        #expect(key == "a")
        let mismatch = JSONError(.typeMismatch, at: 6)
        #expect(failure { () throws(JSONError) in _ = try reader.readInt() } == mismatch)
        #expect(failure { () throws(JSONError) in _ = try reader.readBool() } == mismatch)
        #expect(failure { () throws(JSONError) in try reader.readNull() } == mismatch)
        let isNull = try reader.readNullIfPresent()
        #expect(!isNull)
        let value = try reader.readString().makeString()
        #expect(value == "b")
        let isOver = try reader.nextKey() == nil
        #expect(isOver)
    }
}
