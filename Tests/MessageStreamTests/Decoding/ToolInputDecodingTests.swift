import Foundation
import MessageStream
import TestScheduling
import Testing

/// A complete input is passed to the caller's decoder; any other input is not.
@Suite(.takesTurns) struct ToolInputDecodingTests {
    private struct Arguments: Decodable, Equatable {
        var path: String
        var line: Int
    }

    private struct Refused: Error, Equatable {}

    @Test func byFoundation() throws {
        let input = ToolInput.complete(try RawJSON(validating: #"{"path":"é","line":3}"#))
        let arguments = try input.decode { try JSONDecoder().decode(Arguments.self, from: Data($0)) }
        #expect(arguments == Arguments(path: "é", line: 3))
    }

    @Test func aFailureOfTheDecodingIsKept() throws {
        let input = ToolInput.complete(try RawJSON(validating: "{}"))
        do throws(ToolInput.DecodingError<Refused>) {
            _ = try input.decode { (_: [UInt8]) throws(Refused) -> Int in throw Refused() }
            Issue.record("no failure")
        } catch {
            guard case .underlying(Refused()) = error else {
                Issue.record(error)
                return
            }
        }
    }

    @Test(arguments: [ToolInput.incomplete(#"{"a":"#), .invalid("[]", offset: 0)])
    func whatIsNotWholeIsNotDecoded(_ input: ToolInput) {
        do throws(ToolInput.DecodingError<Never>) {
            _ = try input.decode { _ in Issue.record("decoded") }
            Issue.record("no failure")
        } catch {
            switch error {
            case .incomplete(let text): #expect(input == .incomplete(text))
            case .invalid(let text, let offset): #expect(input == .invalid(text, offset: offset))
            }
        }
    }
}
