import Foundation
import JSONVerifier
import MessageStream
import ReferenceJSON
import TestScheduling
import TestSupport
import Testing

@Suite(.takesTurns) struct JSONRandomTests {
    @Test(arguments: 0..<8)
    func agreesWithTheReference(seed: UInt64) {
        var document = RandomDocument(generator: SeededRandom(seed: seed), isStrict: false)
        for _ in 0..<Sweep.count(inDebug: 80, inRelease: 2000) {
            document.text = []
            document.value(depth: 5)
            #expect(JSONVerifier.error(in: document.text) == nil)
            for _ in 0..<4 {
                if let mismatch = JSONVerifier.mismatch(document.text) {
                    Issue.record("\(mismatch): \(String(decoding: document.text, as: UTF8.self)) \(document.text)")
                    return
                }
                document.mutate()
            }
        }
    }

    /// A document truncated anywhere ends too early, and the error says so, unless a number is truncated.
    @Test func everyCutIsAnEarlyEnd() {
        var document = RandomDocument(generator: SeededRandom(seed: 99), isStrict: false)
        for _ in 0..<Sweep.count(inDebug: 30, inRelease: 100) {
            document.text = []
            document.value(depth: 5)
            for end in 0..<document.text.count {
                let error = JSONVerifier.error(in: Array(document.text[..<end]))
                #expect(error == nil || error == JSONError(.unexpectedEnd, at: end))
            }
        }
    }

    /// Foundation accepts the same texts, except for those where it chooses otherwise: it rejects lone surrogates,
    /// ill-formed UTF-8 and numbers beyond `Double`, and interprets NUL bytes as UTF-16.
    @Test(arguments: 100..<104)
    func agreesWithFoundation(seed: UInt64) {
        var document = RandomDocument(generator: SeededRandom(seed: seed), isStrict: true)
        for _ in 0..<Sweep.count(inDebug: 150, inRelease: 2000) {
            document.text = []
            document.value(depth: 5)
            for _ in 0..<4 {
                let expected = try? JSONSerialization.jsonObject(with: Data(document.text), options: .fragmentsAllowed)
                let actual = ReferenceJSON(parsing: document.text, depthLimit: 512)
                let isAccepted = JSONVerifier.error(in: document.text, depthLimit: 512) == nil
                if isAccepted != (expected != nil), !isForChoice(document.text) {
                    Issue.record("\(isAccepted): \(String(decoding: document.text, as: UTF8.self))")
                    return
                }
                if isAccepted, let expected, let actual, !matches(actual, expected) {
                    Issue.record("\(actual) but \(expected)")
                    return
                }
                document.mutate()
            }
        }
    }

    /// Whether `text` contains one of these exceptions.
    private func isForChoice(_ text: [UInt8]) -> Bool {
        let string = String(decoding: text, as: UTF8.self)
        return !string.utf8.elementsEqual(text) || string.lowercased().contains("\\ud")
            || ReferenceJSON(parsing: text, depthLimit: 512).map(hasHugeNumber) ?? false
    }

    private func hasHugeNumber(_ value: ReferenceJSON) -> Bool {
        switch value {
        case .object(let members): members.contains { hasHugeNumber($0.value) }
        case .array(let elements): elements.contains(where: hasHugeNumber)
        case .number(let text): Double(String(decoding: text, as: UTF8.self))?.isFinite != true
        case .string, .literal: false
        }
    }

    private func matches(_ value: ReferenceJSON, _ object: Any) -> Bool {
        switch value {
        case .object(let members):
            guard let object = object as? [String: Any] else { return false }
            // The last of several members wins; Foundation treats canonically equivalent keys as equal.
            var last: [String: ReferenceJSON] = [:]
            for member in members { last[String(decoding: member.key, as: UTF8.self)] = member.value }
            return last.count == object.count
                && last.allSatisfy { key, value in object[key].map { matches(value, $0) } ?? false }
        case .array(let elements):
            guard let object = object as? [Any] else { return false }
            return elements.count == object.count && zip(elements, object).allSatisfy { matches($0, $1) }
        case .string(let bytes):
            return (object as? String).map { $0.utf8.elementsEqual(bytes) } ?? false
        case .number(let text):
            guard let number = object as? NSNumber else { return false }
            // Foundation converts a number with many digits to a decimal, which is slightly inexact as a `Double`.
            guard let expected = Double(String(decoding: text, as: UTF8.self)) else { return false }
            return abs(number.doubleValue - expected) <= abs(expected) * 1e-14
        case .literal("null"): return object is NSNull
        case .literal(let name): return (object as? Bool) == (name == "true")
        }
    }

    /// Calls that do not match the text, or each other, throw or return; they never trap.
    @Test func noCallEverTraps() {
        var generator = SeededRandom(seed: 7)
        var document = RandomDocument(generator: SeededRandom(seed: 8), isStrict: false)
        for _ in 0..<Sweep.count(inDebug: 600, inRelease: 10_000) {
            document.text = []
            document.value(depth: 3)
            if Bool.random(using: &generator) { document.mutate() }
            var reader = JSONReader(document.text.rawBytes, depthLimit: 4)
            for _ in 0..<30 {
                _ = failure { () throws(JSONError) in
                    switch Int.random(in: 0..<11, using: &generator) {
                    case 0: try reader.beginObject()
                    case 1: try reader.beginArray()
                    case 2: _ = try reader.nextKey()?.makeString()
                    case 3: _ = try reader.nextElement()
                    case 4: _ = try reader.readString().makeString()
                    case 5: _ = try reader.readNumber().double
                    case 6: _ = try reader.readInt()
                    case 7: _ = try reader.readBool()
                    case 8: try reader.readNull()
                    case 9: _ = try reader.readRaw()
                    default: try reader.finish()
                    }
                }
                let position = reader.position
                #expect(0...document.text.count ~= position)
            }
        }
    }
}
