/// Secrets announced by a name: `x-api-key: …` in a head, `"api_key":"…"` in JSON, `api_key=…` in a query.
extension Secrets {
    /// The kind of value that a name announces.
    private enum Announcement {
        /// Credentials that follow the name of a scheme (RFC 9110, section 11.4).
        case authorization
        /// The rest of the line.
        case line
        /// A secret of any form.
        case secret
        /// A value that may be a secret, a number, or a word in prose.
        case token
        /// A secret in the query of a URL; not a secret elsewhere.
        case parameter
    }

    /// The value of the name that begins at `start`, if that value is secret.
    func namedValue(at start: Int) -> Range<Int>? {
        guard start == 0 || !self[start - 1].isNamePart else { return nil }
        var end = start
        while end < text.count, self[end].isNamePart { end += 1 }
        guard let separator = separator(after: end), let announcement = announcement(of: start..<end) else {
            return nil
        }
        return value(after: separator, isMember: end != separator && isQuotationMark(end), announcement)
    }

    // MARK: Names

    /// The endings of names that announce a secret, without hyphens and underscores.
    private static let endings: [(ending: [UInt8], announces: Announcement)] = [
        ("authorization", .authorization), ("cookie", .line), ("apikey", .secret), ("accesskey", .secret),
        ("secretkey", .secret), ("privatekey", .secret), ("subscriptionkey", .secret), ("secret", .secret),
        ("password", .secret), ("passwd", .secret), ("passphrase", .secret), ("accesstoken", .secret),
        ("refreshtoken", .secret), ("idtoken", .secret), ("authtoken", .secret), ("apitoken", .secret),
        ("sessiontoken", .secret), ("securitytoken", .secret), ("bearertoken", .secret), ("xamzsignature", .secret),
        ("xamzcredential", .secret), ("xgoogsignature", .secret), ("xgoogcredential", .secret), ("token", .token),
        ("session", .token), ("sessionid", .token), ("signature", .parameter), ("credential", .parameter),
    ].map { (Array($0.utf8), $1) }

    private func announcement(of name: Range<Int>) -> Announcement? {
        // Only the end of the name matters, and no ending is longer than this.
        let letters = lowercased(name.suffix(40)).filter(\.isLetterOrDigit)
        if let found = Self.endings.first(where: { letters.suffix($0.ending.count).elementsEqual($0.ending) }) {
            return found.announces
        }
        if letters.elementsEqual("sig".utf8) { return .parameter }
        guard letters.elementsEqual("key".utf8), name.lowerBound > 0 else { return nil }
        let before = name.lowerBound - 1
        if self[before] == UInt8(ascii: "?") || self[before] == UInt8(ascii: "&") { return .parameter }
        // "API key: …"
        return isBlank(before) && before >= 3 && matches(Array("api".utf8), at: before - 3) ? .secret : nil
    }

    /// The colon or equals sign after a name that ends at `end`, and after any closing quotation mark.
    private func separator(after end: Int) -> Int? {
        var index = end
        if index < text.count, isQuotationMark(index) { index += 1 }
        while index < text.count, isBlank(index) { index += 1 }
        guard index < text.count, self[index] == UInt8(ascii: ":") || self[index] == UInt8(ascii: "=") else {
            return nil
        }
        guard index + 1 < text.count else { return index }
        switch (self[index], self[index + 1]) {
        case (UInt8(ascii: ":"), UInt8(ascii: ":")): return nil
        case (UInt8(ascii: ":"), UInt8(ascii: "=")), (UInt8(ascii: "="), UInt8(ascii: ">")),
            (UInt8(ascii: "="), UInt8(ascii: "=")):
            return index + 1
        default: return index
        }
    }

    // MARK: Values

    /// - Parameter isMember: Whether the name is in quotation marks.
    private func value(after separator: Int, isMember: Bool, _ announcement: Announcement) -> Range<Int>? {
        var start = separator + 1
        while start < text.count, isBlank(start) || (isMember && isLineEnd(start)) { start += 1 }
        guard start < text.count else { return nil }
        let isAssignment = self[separator] != UInt8(ascii: ":")
        if announcement == .parameter && (!isAssignment || isMember) { return nil }
        // Python writes bytes as `b'…'`.
        if self[start] == UInt8(ascii: "b"), start + 1 < text.count, isQuotationMark(start + 1) { start += 1 }
        if isQuotationMark(start) {
            if !isMember && endsOuterString(at: start) { return nil }
            let string = (start + 1)..<endOfString(from: start)
            if announcement == .authorization { return credentials(in: string, isString: true) }
            return isMember || isSecret(string, announcement, isAssignment: isAssignment) ? string : nil
        }
        if isMember {
            switch self[start] {
            case UInt8(ascii: "["):
                // An array of strings; arrays of numbers are tokens in the sense of a tokenizer.
                let first = ((start + 1)..<text.count).first { !isBlank($0) && !isLineEnd($0) }
                return first.map(isQuotationMark) == true ? (start + 1)..<endOfArray(from: start) : nil
            case UInt8(ascii: "{"): return nil
            default: break
            }
        }
        switch announcement {
        case .authorization: return credentials(in: start..<endOfLine(from: start), isString: false)
        case .line:
            let line = start..<endOfLine(from: start)
            return isProse(line) ? nil : line
        case .secret, .token, .parameter:
            let word =
                start..<endOfWord(
                    from: start,
                    percents: text[separator].percents,
                    isAssignment: isAssignment,
                    isMember: isMember
                )
            return isSecret(word, announcement, isAssignment: isAssignment) ? word : nil
        }
    }

    /// Whether a word after a name is something other than `null`, a token count, or a word of a sentence.
    private func isSecret(_ word: Range<Int>, _ announcement: Announcement, isAssignment: Bool) -> Bool {
        let letters = lowercased(word).filter { !",.;)]}".utf8.contains($0) }
        let nothing = ["", "null", "nil", "none", "undefined", "true", "false"]
        if nothing.contains(where: { letters.elementsEqual($0.utf8) }) { return false }
        guard announcement == .token else { return true }
        if letters.allSatisfy({ 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "_") }) { return false }
        return isAssignment || letters.count >= 8
    }

    /// The schemes with a single token.
    private static let tokenSchemes = ["basic", "bearer", "negotiate", "ntlm", "token", "apikey"]
    /// The schemes with several parameters.
    private static let parameterSchemes = [
        "digest", "hoba", "mutual", "oauth", "scram-sha-1", "scram-sha-256", "signature", "vapid", "aws4-hmac-sha256",
    ]

    /// The secret part of the value of an `authorization` field: everything after the name of a known scheme.
    private func credentials(in value: Range<Int>, isString: Bool) -> Range<Int>? {
        let scheme = value.prefix { !isBlank($0) }
        let word = lowercased(scheme.startIndex..<scheme.endIndex)
        func isOne(of names: [String]) -> Bool { names.contains { word.elementsEqual($0.utf8) } }
        let start = value[scheme.endIndex...].first { !isBlank($0) } ?? value.upperBound
        if isOne(of: Self.tokenSchemes) {
            guard !isString, start < value.upperBound else { return start..<value.upperBound }
            // Padding before a quotation mark looks like the start of a parameter: the line may extend too far.
            return start..<min(endOfWord(from: start, isAssignment: false), value.upperBound)
        }
        if isOne(of: Self.parameterSchemes) { return start..<value.upperBound }
        return isProse(value) ? nil : value
    }

    /// Whether a line is a sentence: at least four words of letters only, and short enough.
    private func isProse(_ line: Range<Int>) -> Bool {
        guard line.count <= 256 else { return false }
        var words = 0
        var letters = 0
        for index in line {
            let byte = self[index]
            if isBlank(index) {
                if letters > 0 { words += 1 }
                letters = 0
            } else if byte.isLetterOrDigit && byte > 0x39 {
                letters += 1
                if letters > 15 { return false }
            } else if !"',.:;!?()".utf8.contains(byte) {
                return false
            }
        }
        return words + (letters > 0 ? 1 : 0) >= 4
    }

    // MARK: Ends

    private func isQuotationMark(_ index: Int) -> Bool {
        self[index] == UInt8(ascii: "\"") || self[index] == UInt8(ascii: "'")
    }

    private func isLineEnd(_ index: Int) -> Bool { self[index] == 0x0A || self[index] == 0x0D }

    /// Whether the quotation mark at `index` more likely ends a string around the name than begins a value.
    private func endsOuterString(at index: Int) -> Bool {
        index + 1 == text.count || ",:}] ".utf8.contains(self[index + 1])
    }

    /// The end of the string whose quotation mark is at `start`: the next mark that is escaped no more often.
    private func endOfString(from start: Int) -> Int {
        (start + 1..<text.count).first { index in
            self[index] == self[start] && text[index].backslashes <= text[start].backslashes
                && text[index].percents <= text[start].percents
        } ?? text.count
    }

    /// The end of the array of strings whose bracket is at `start`.
    private func endOfArray(from start: Int) -> Int {
        var index = start + 1
        while index < text.count, self[index] != UInt8(ascii: "]") {
            index = isQuotationMark(index) ? endOfString(from: index) + 1 : index + 1
        }
        return min(index, text.count)
    }

    /// The end of the line, or of the string that contains it. A quotation mark after an equals sign begins a
    /// parameter, as in `Digest username="…"`.
    private func endOfLine(from start: Int) -> Int {
        var index = start
        while index < text.count, !isLineEnd(index) {
            if isQuotationMark(index) {
                guard index > start, self[index - 1] == UInt8(ascii: "="), !endsOuterString(at: index) else { break }
                index = endOfString(from: index)
            }
            index += 1
        }
        return min(index, text.count)
    }

    /// The end of the unquoted word at `start`, which follows a separator.
    ///
    /// - Parameter percents: The number of times the separator is percent-encoded, if known.
    private func endOfWord(
        from start: Int,
        percents: Int = .max,
        isAssignment: Bool,
        isMember: Bool = false
    ) -> Int {
        (start..<text.count).first { index in
            // Text encoded more often than the separator is part of the value.
            guard text[index].percents <= percents else { return false }
            switch self[index] {
            case 0x00...0x20, 0x7F, UInt8(ascii: "<"): return true
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                return index + 1 == text.count || !self[index + 1].isLetterOrDigit
            case UInt8(ascii: "&"), UInt8(ascii: ";"): return isAssignment
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): return isMember
            default: return false
            }
        } ?? text.count
    }
}
