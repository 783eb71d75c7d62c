import JSONVerifier
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// The bytes of `text`, in which `%` and two hexadecimal digits represent one byte.
func bytes(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%") {
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)!)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return bytes
}

/// A copy of the only value in `text`.
func copy(_ text: [UInt8], depthLimit: Int = 512) throws(JSONError) -> [UInt8] {
    var reader = JSONReader(text.rawBytes, depthLimit: depthLimit)
    var writer = JSONWriter()
    try writer.copyValue(from: &reader)
    try reader.finish()
    return writer.bytes
}

@Suite(.takesTurns) struct JSONVectorTests {
    @Test func acceptsWhatMustBeAccepted() throws {
        #expect(AcceptedVector.required.count == 95)
        for vector in AcceptedVector.required + AcceptedVector.chosen {
            let text = bytes(vector.text)
            #expect(JSONVerifier.error(in: text, depthLimit: 512) == nil, "\(vector.name)")
            #expect(try copy(text) == bytes(vector.copy), "\(vector.name)")
        }
    }

    @Test func refusesWhatMustBeRefused() {
        // There are 188, two of which are tested by `refusesDepth`, and three of earlier versions.
        #expect(RefusedVector.required.count == 186 + 3)
        for vector in RefusedVector.required + RefusedVector.chosen {
            #expect(JSONVerifier.error(in: bytes(vector.text)) == vector.error, "\(vector.name)")
        }
    }

    @Test func decidesEveryFreeCase() {
        #expect(AcceptedVector.chosen.count + RefusedVector.chosen.count == 35)
    }

    /// `n_structure_100000_opening_arrays`, `n_structure_open_array_object`, and far greater depths.
    @Test(arguments: [513, 100_000, Sweep.count(inDebug: 1_000_000, inRelease: 10_000_000)])
    func refusesDepth(_ depth: Int) {
        let arrays = [UInt8](repeating: UInt8(ascii: "["), count: depth)
        #expect(JSONVerifier.error(in: arrays, depthLimit: 512) == JSONError(.depthLimitExceeded, at: 512))
        let objects = (0..<min(depth, 50_000)).flatMap { _ in Array(#"[{"":"#.utf8) }
        #expect(JSONVerifier.error(in: objects, depthLimit: 512) == JSONError(.depthLimitExceeded, at: 5 * 256))
        // The limit is up to the caller, and nothing breaks without one either.
        #expect(JSONVerifier.error(in: arrays, depthLimit: .max) == JSONError(.unexpectedEnd, at: depth))
        guard depth <= 100_000 else { return }
        let closed = arrays + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        #expect(JSONVerifier.error(in: closed, depthLimit: depth) == nil)
        #expect(JSONVerifier.error(in: closed, depthLimit: depth - 1)?.reason == .depthLimitExceeded)
    }

    @Test func copiesDeepMixtures() throws {
        let depth = 300
        var text: [UInt8] = []
        for level in 0..<depth { text += Array((level % 3 == 0 ? #"{"a":"# : "[").utf8) }
        for level in (0..<depth).reversed() { text += Array((level % 3 == 0 ? "}" : "]").utf8) }
        #expect(try copy(text, depthLimit: depth) == text)
        // The closing bracket of each level must match the opening one.
        for wrong in stride(from: text.count - 1, to: text.count - depth, by: -7) {
            var broken = text
            broken[wrong] ^= UInt8(ascii: "}") ^ UInt8(ascii: "]")
            #expect(JSONVerifier.error(in: broken, depthLimit: depth) == JSONError(.unexpectedByte, at: wrong))
        }
    }

    /// Compares with the reference reader on all vectors, truncated at every byte and surrounded by poison.
    @Test func agreesWithTheReference() {
        let texts =
            (AcceptedVector.required + AcceptedVector.chosen).map { bytes($0.text) }
            + (RefusedVector.required + RefusedVector.chosen).map { bytes($0.text) }
        for text in texts where text.count < 500 {
            for end in 0...text.count {
                let mismatch = JSONVerifier.mismatch(Array(text[..<end]))
                #expect(mismatch == nil, "\(String(decoding: text[..<end], as: UTF8.self))")
            }
        }
    }
}
