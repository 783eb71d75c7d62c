/// Draws text in pieces like those that a model streams: a few words or a part of one, usually with a leading space.
struct Prose {
    private let words: [[UInt8]]
    private let specials: [[UInt8]]
    private let specialPercent: Int
    private let wordsPerPiece: [Int]
    private let separators: [[UInt8]]
    /// The percentage of pieces in which everything outside ASCII is escaped.
    let escapedPercent: Int

    private init(
        words: [String],
        specials: [String],
        specialPercent: Int,
        wordsPerPiece: [Int],
        separators: [String],
        escapedPercent: Int
    ) {
        self.words = words.map { Array($0.utf8) }
        self.specials = specials.map { Array($0.utf8) }
        self.specialPercent = specialPercent
        self.wordsPerPiece = wordsPerPiece
        self.separators = separators.map { Array($0.utf8) }
        self.escapedPercent = escapedPercent
    }

    /// The next piece; never empty.
    func piece(_ random: inout SplitMix64) -> [UInt8] {
        var piece: [UInt8] = []
        let special = random.chance(percent: specialPercent)
        let count = random.pick(wordsPerPiece)
        for position in 0..<count {
            piece.append(contentsOf: random.pick(separators))
            piece.append(contentsOf: random.pick(special && position == 0 ? specials : words))
        }
        return piece
    }

    /// `count` pieces as one text.
    func text(pieces count: Int, _ random: inout SplitMix64) -> [UInt8] {
        var text: [UInt8] = []
        for _ in 0..<count { text.append(contentsOf: piece(&random)) }
        return text
    }
}

// MARK: - Vocabularies

extension Prose {
    /// English. Only the `specials` contain characters outside ASCII, which is the case for about 6 % of the pieces.
    static let english = Prose(
        words: [
            "the", "of", "and", "to", "a", "in", "is", "that", "it", "for", "on", "with", "as", "are", "this", "be",
            "by",
            "from", "or", "an", "which", "can", "its", "has", "when", "each", "more", "than", "into", "between",
            "about",
            "stream", "message", "because", "example", "function", "response", "value", "request", "server", "question",
            "different", "important", "following", "approach", "however", "several", "possible", "through", "result",
            "error", "network", "number", "system", "pattern", "language", "answer", "first", "second", "next", "step",
            "should", "would", "could", "might", "often", "never", "always", "data.", "time,", "case:", "however,",
            "so",
            "**Note**", "`retry`", "(see", "below)", "1.", "2.", "-", "it's", "don't", "\"quoted\"", "e.g.,", "100%",
        ],
        specials: ["café", "naïve", "—", "“so”", "it’s", "…", "•", "→", "≈", "€5", "résumé", "21 °C", "✓", "µs", "👍"],
        specialPercent: 6,
        wordsPerPiece: [1, 1, 1, 1, 1, 1, 1, 2, 2, 3],
        separators: [" ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", "", "\n\n"],
        escapedPercent: 0
    )

    /// Many scripts. The `specials` are marks, sequences and characters that JSON escapes.
    static let multilingual = multilingual(escapedPercent: 10)

    /// The same, with every character outside ASCII escaped.
    static let escaped = multilingual(escapedPercent: 100)

    private static func multilingual(escapedPercent: Int) -> Prose {
        Prose(
            words: [
                // Latin, Greek, Cyrillic, Armenian, Georgian
                "déjà", "größer", "señal", "łódź", "İstanbul", "tiếng", "žluťoučký", "façade", "ærlig", "þetta",
                "λόγος", "ἄνθρωπος", "καλημέρα", "сообщение", "українська", "ответ", "ошибка", "բարեւ", "გამარჯობა",
                // Hebrew, Arabic, Persian, Urdu
                "שלום", "הודעה", "رسالة", "مرحبا", "خطأ", "سلام", "پیام", "پیغام",
                // Devanagari, Bengali, Tamil, Thai, Khmer, Amharic
                "नमस्ते", "संदेश", "क्षेत्र", "বার্তা", "நன்றி", "செய்தி", "สวัสดี", "ข้อความ", "សារ", "ሰላም",
                // Chinese, Japanese, Korean
                "消息", "事件流", "錯誤", "你好，世界。", "メッセージ", "こんにちは", "応答", "안녕하세요", "메시지", "오류",
                // Beyond the Basic Multilingual Plane, with plain words in between
                "𝔘𝔫𝔦", "𠮷野家", "𐌰𐌱𐌲", "the", "and", "stream", "API", "2026",
            ],
            specials: [
                "e\u{301}", "n\u{303}o", "a\u{308}\u{304}", "Z\u{351}\u{36B}\u{343}", "\u{301}", "ﬁ", "Å",
                "😀", "👩‍👩‍👧‍👦", "🇯🇵🇧🇷", "👍🏽", "❤️", "🏳️‍🌈", "1️⃣", "\u{200B}", "\u{202E}rtl\u{202C}", "\u{FEFF}", "\u{2028}",
                "\"quoted\"", "back\\slash", "tab\there", "\nline", "\u{1}", "\u{7F}", "\u{85}", "\u{10FFFF}", "</s>",
            ],
            specialPercent: 30,
            wordsPerPiece: [1, 1, 1, 2, 2, 3],
            separators: [" ", " ", " ", "", "\n"],
            escapedPercent: escapedPercent
        )
    }
}
