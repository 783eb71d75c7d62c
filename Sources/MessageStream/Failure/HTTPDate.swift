/// A date in a response field (RFC 9110, section 5.6.7): "HTTP-date = IMF-fixdate / obs-date".
///
/// "A recipient that parses a timestamp value in an HTTP field MUST accept all three HTTP-date formats."
///
///     Sun, 06 Nov 1994 08:49:37 GMT    ; IMF-fixdate
///     Sunday, 06-Nov-94 08:49:37 GMT   ; obsolete RFC 850 format
///     Sun Nov  6 08:49:37 1994         ; ANSI C's asctime() format
struct HTTPDate: Sendable, Hashable {
    let secondsSince1970: Int

    /// Parses a date; the name of the day is not checked.
    init?(_ text: String) {
        // Splits at whitespace, commas and the hyphens of RFC 850.
        let words = text.utf8.split { $0 == 0x20 || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "-") }
            .map { String(decoding: $0, as: UTF8.self) }
        let day: Int?
        let month: Int?
        var year: Int?
        let time: String
        switch words.count {
        case 6 where words[5] == "GMT":
            (day, month, year, time) = (Int(digits: words[1]), Self.month(words[2]), Int(digits: words[3]), words[4])
            if words[3].utf8.count == 2, let digits = year {
                // "Recipients of a timestamp value in rfc850-date format, which uses a two-digit year, MUST interpret a
                // timestamp that appears to be more than 50 years in the future as representing the most recent year in
                // the past that had the same last two digits." This parser has no clock, so years below 70 belong to
                // this century.
                year = digits + (digits < 70 ? 2000 : 1900)
            }
        case 5:
            (day, month, year, time) = (Int(digits: words[2]), Self.month(words[1]), Int(digits: words[4]), words[3])
        default:
            return nil
        }
        let parts = time.split(separator: ":", omittingEmptySubsequences: false).map { Int(digits: String($0)) }
        guard let day, let month, let year, (1...31).contains(day), (1601...9999).contains(year), parts.count == 3,
            let hour = parts[0], let minute = parts[1], let second = parts[2],
            hour < 24, minute < 60, second <= 60
        else { return nil }
        secondsSince1970 = Self.days(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    private static func month(_ name: String) -> Int? {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return names.firstIndex { Array($0.utf8) == Array(name.utf8) }.map { $0 + 1 }
    }

    /// The number of days from 1970-01-01 to a date of the Gregorian calendar.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        // In years that begin in March, the leap day is the last day.
        let y = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468
    }
}

extension Int {
    /// A number with one to four ASCII digits.
    fileprivate init?(digits text: String) {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ $0.digit != nil }) else { return nil }
        self.init(text)
    }
}
