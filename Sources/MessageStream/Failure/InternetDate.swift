/// Dates in the format of RFC 3339, as used in logs and APIs.
package enum InternetDate {
    /// A date in UTC, such as `1994-11-06T08:49:37Z`; `nil` outside the years 0 to 9999, the range of the format.
    ///
    /// - Parameter secondsSince1970: The date in seconds since 1970 UTC.
    package static func text(secondsSince1970: Int) -> String? {
        let range = -62_167_219_200...253_402_300_799
        guard range.contains(secondsSince1970) else { return nil }
        // Days from 1 March of the year 0, so that the leap day is the last day of a year. No day of the range is more
        // than one cycle of 400 years before it.
        let cycle = 146_097
        let (days, second) = (secondsSince1970 + 719_468 * 86_400 + cycle * 86_400).quotientAndRemainder(
            dividingBy: 86_400
        )
        let day = days % cycle
        // Every fourth year is a leap year, except every 100th, except every 400th.
        let yearOfCycle = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100)
        // Starting in March, five months have 153 days.
        let month = (5 * dayOfYear + 2) / 153
        let year = (days / cycle - 1) * 400 + yearOfCycle + (month < 10 ? 0 : 1)
        let date = [
            padded(year, 4), padded(month < 10 ? month + 3 : month - 9, 2),
            padded(dayOfYear - (153 * month + 2) / 5 + 1, 2),
        ]
        let time = [second / 3_600, second / 60 % 60, second % 60].map { padded($0, 2) }
        return "\(date.joined(separator: "-"))T\(time.joined(separator: ":"))Z"
    }

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
