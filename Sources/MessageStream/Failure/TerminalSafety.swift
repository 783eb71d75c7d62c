/// Which received characters are safe to show on a terminal.
extension Unicode.Scalar {
    /// Whether a terminal displays this character as itself: it is not a control character (C0, DEL or C1: ECMA-48),
    /// and does not reorder or hide the characters around it (UAX #9, and the invisible format characters).
    ///
    /// Line feeds and tabs are control characters too; a caller that wants to keep them handles them separately.
    package var isTerminalSafe: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F: false
        // ALM; LRM, RLM; the embeddings, overrides and isolates of UAX #9.
        case 0x061C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: false
        // Zero width space, line and paragraph separators, word joiner and invisible operators, deprecated format
        // characters, the byte order mark, interlinear annotations, tags. The joiners U+200C and U+200D are letters of
        // some scripts and of emoji.
        case 0x200B, 0x2028...0x2029, 0x2060...0x2065, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFB: false
        case 0xE0000...0xE007F: false
        default: true
        }
    }
}
