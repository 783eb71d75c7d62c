import MessageStream
import TestScheduling
import Testing

@Suite(.takesTurns) struct JSONNumberTests {
    private struct Number: Equatable {
        var text: String
        var int: Int64?
        var double: Double?
        var isInteger: Bool
    }

    private func number(_ text: String) throws -> Number {
        let bytes = Array(text.utf8)
        var reader = JSONReader(bytes.rawBytes)
        let view = try reader.readNumber()
        let number = Number(text: view.text, int: view.int64, double: view.double, isInteger: view.isInteger)
        try reader.finish()
        return number
    }

    @Test func integersAreExactOrNone() throws {
        let cases: [(String, Int64?)] = [
            ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("10", 10),
            ("9007199254740993", 9_007_199_254_740_993),
            ("999999999999999999", 999_999_999_999_999_999),
            ("9223372036854775806", .max - 1), ("9223372036854775807", .max), ("9223372036854775808", nil),
            ("-9223372036854775807", -.max), ("-9223372036854775808", .min), ("-9223372036854775809", nil),
            ("9999999999999999999", nil), ("-9999999999999999999", nil),
            ("18446744073709551615", nil), ("18446744073709551616", nil), ("-18446744073709551616", nil),
            ("92233720368547758070", nil), ("36893488147419103233", nil),
            ("123456789012345678901234567890", nil),
        ]
        for (text, expected) in cases {
            let number = try number(text)
            #expect(number.int == expected, "\(text)")
            #expect(number.isInteger, "\(text)")
            #expect(number.text == text)
            let bytes = Array(text.utf8)
            var reader = JSONReader(bytes.rawBytes)
            let error = failure { () throws(JSONError) in
                let value = try reader.readInt()
                #expect(Int64(value) == expected)
            }
            #expect(error == (expected == nil ? JSONError(.typeMismatch, at: 0) : nil))
        }
        for text in ["1.0", "1e2", "0.5", "-0.0", "1E0"] {
            let number = try number(text)
            #expect(number.int == nil)
            #expect(!number.isInteger)
        }
    }

    @Test func floatingPointNumbersAreTheNearest() throws {
        let cases: [(String, Double?)] = [
            ("0", 0), ("0.1", 0.1), ("1e23", 1e23), ("-1.5e-3", -0.0015),
            ("5e-324", .leastNonzeroMagnitude), ("2e-324", 0),
            ("1.7976931348623157e308", .greatestFiniteMagnitude), ("1.7976931348623159e308", nil),
            ("1e309", nil), ("-1e309", nil), ("1e99999999999999999999", nil), ("1e-99999999999999999999", 0),
            ("9007199254740993", 9_007_199_254_740_992), ("0.30000000000000004", 0.1 + 0.2),
            ("2.2250738585072014e-308", .leastNormalMagnitude),
            ("0." + String(repeating: "0", count: 400) + "1", 0),
            ("1" + String(repeating: "0", count: 308), 1e308), ("1" + String(repeating: "0", count: 309), nil),
        ]
        for (text, expected) in cases {
            #expect(try number(text).double == expected, "\(text)")
            #expect(try number(text).text == text)
        }
        #expect(try number("-0").double?.sign == .minus)
    }

    @Test func aNumberOfAMegabyteIsKept() throws {
        let text = "-" + String(repeating: "1234567890", count: 100_000) + ".5e-1000000"
        let number = try number(text)
        #expect(number.text.utf8.elementsEqual(text.utf8))
        #expect(number.int == nil)
        #expect(try copy(Array(text.utf8)) == Array(text.utf8))
    }

    @Test func oneDigitTakesTheShortWayOnlyWhereItMay() throws {
        let cases: [(String, [Int]?)] = [
            ("[1,2,3]", [1, 2, 3]), ("[1 ,2 ]", [1, 2]), ("[12,0]", [12, 0]), ("[-1]", [-1]), ("[01]", nil),
            ("[1.]", nil), ("[1.5,2]", nil), ("[1", nil), ("[1x]", nil), ("[:,1]", nil), ("[/]", nil),
        ]
        for (text, expected) in cases {
            let bytes = Array(text.utf8)
            var reader = JSONReader(bytes.rawBytes)
            var numbers: [Int] = []
            let error = failure { () throws(JSONError) in
                try reader.beginArray()
                while try reader.nextElement() { numbers.append(try reader.readInt()) }
                try reader.finish()
            }
            #expect((error == nil ? numbers : nil) == expected, "\(text)")
        }
    }
}
