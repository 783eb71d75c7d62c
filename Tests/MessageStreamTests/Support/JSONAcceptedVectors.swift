// Texts that every JSON reader must accept, following the cases of the public parsing test suite (its `y_` family), and
// the texts that are up to the reader (its `i_` family) and that this reader accepts. Each has the same name as there.

/// A text, and the expected copy of its value. In both, `%` and two digits represent a byte.
struct AcceptedVector {
    var name: String
    var text: String
    var copy: String

    init(_ name: String, _ text: String, _ copy: String? = nil) {
        self.name = name
        self.text = text
        self.copy = copy ?? text
    }

    static let required: [AcceptedVector] = [
        // Structure
        .init("array_arraysWithSpaces", "[[]   ]", "[[]]"),
        .init("array_empty-string", #"[""]"#),
        .init("array_empty", "[]"),
        .init("array_ending_with_newline", #"["a"]%0a"#, #"["a"]"#),
        .init("array_false", "[false]"),
        .init("array_heterogeneous", #"[null, 1, "1", {}]"#, #"[null,1,"1",{}]"#),
        .init("array_null", "[null]"),
        .init("array_with_1_and_newline", "[1%0a]", "[1]"),
        .init("array_with_leading_space", " [1]", "[1]"),
        .init("array_with_several_null", "[1,null,null,null,2]"),
        .init("array_with_trailing_space", "[2] ", "[2]"),
        .init("object", #"{"asd":"sdf", "dfg":"fgh"}"#, #"{"asd":"sdf","dfg":"fgh"}"#),
        .init("object_basic", #"{"asd":"sdf"}"#),
        .init("object_duplicated_key", #"{"a":"b","a":"c"}"#),
        .init("object_duplicated_key_and_value", #"{"a":"b","a":"b"}"#),
        .init("object_empty", "{}"),
        .init("object_empty_key", #"{"":0}"#),
        .init("object_escaped_null_in_key", #"{"foo\u0000bar": 42}"#, #"{"foo\u0000bar":42}"#),
        .init("object_extreme_numbers", #"{ "min": -1.0e+28, "max": 1.0e+28 }"#, #"{"min":-1.0e+28,"max":1.0e+28}"#),
        .init(
            "object_long_strings",
            #"{"x":[{"id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}], "id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#,
            #"{"x":[{"id":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}],"id":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#
        ),
        .init("object_simple", #"{"a":[]}"#),
        .init("object_string_unicode", #"{"title":"\u041f\u043e \u041a" }"#, #"{"title":"По К"}"#),
        .init("object_with_newlines", #"{%0a"a": "b"%0a}"#, #"{"a":"b"}"#),
        .init("structure_lonely_false", "false"),
        .init("structure_lonely_int", "42"),
        .init("structure_lonely_negative_real", "-0.1"),
        .init("structure_lonely_null", "null"),
        .init("structure_lonely_string", #""asd""#),
        .init("structure_lonely_true", "true"),
        .init("structure_string_empty", #""""#),
        .init("structure_trailing_newline", #"["a"]%0a"#, #"["a"]"#),
        .init("structure_true_in_array", "[true]"),
        .init("structure_whitespace_array", " [] ", "[]"),

        // Numbers
        .init("number", "[123e65]"),
        .init("number_0e+1", "[0e+1]"),
        .init("number_0e1", "[0e1]"),
        .init("number_after_space", "[ 4]", "[4]"),
        .init(
            "number_double_close_to_zero",
            "[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]"
        ),
        .init("number_int_with_exp", "[20e1]"),
        .init("number_minus_zero", "[-0]"),
        .init("number_negative_int", "[-123]"),
        .init("number_negative_one", "[-1]"),
        .init("number_negative_zero", "[-0]"),
        .init("number_real_capital_e", "[1E22]"),
        .init("number_real_capital_e_neg_exp", "[1E-2]"),
        .init("number_real_capital_e_pos_exp", "[1E+2]"),
        .init("number_real_exponent", "[123e45]"),
        .init("number_real_fraction_exponent", "[123.456e78]"),
        .init("number_real_neg_exp", "[1e-2]"),
        .init("number_real_pos_exponent", "[1e+2]"),
        .init("number_simple_int", "[123]"),
        .init("number_simple_real", "[123.456789]"),

        // Strings
        .init("string_1_2_3_bytes_UTF-8_sequences", #"["\u0060\u012a\u12AB"]"#, #"["`Īካ"]"#),
        .init("string_accepted_surrogate_pair", #"["\uD801\udc37"]"#, #"["𐐷"]"#),
        .init("string_accepted_surrogate_pairs", #"["\ud83d\ude39\ud83d\udc8d"]"#, #"["😹💍"]"#),
        .init("string_allowed_escapes", #"["\"\\\/\b\f\n\r\t"]"#, #"["\"\\/\b\f\n\r\t"]"#),
        .init("string_backslash_and_u_escaped_zero", #"["\\u0000"]"#),
        .init("string_backslash_doublequotes", #"["\""]"#),
        .init("string_comments", #"["a/*b*/c/*d//e"]"#),
        .init("string_double_escape_a", #"["\\a"]"#),
        .init("string_double_escape_n", #"["\\n"]"#),
        .init("string_escaped_control_character", #"["\u0012"]"#),
        .init("string_escaped_noncharacter", #"["\uFFFF"]"#, #"["%ef%bf%bf"]"#),
        .init("string_in_array", #"["asd"]"#),
        .init("string_in_array_with_leading_space", #"[ "asd"]"#, #"["asd"]"#),
        .init("string_last_surrogates_1_and_2", #"["\uDBFF\uDFFF"]"#, #"["%f4%8f%bf%bf"]"#),
        .init("string_nbsp_uescaped", #"["new\u00A0line"]"#, #"["new%c2%a0line"]"#),
        .init("string_nonCharacterInUTF-8_U+10FFFF", #"["%f4%8f%bf%bf"]"#),
        .init("string_nonCharacterInUTF-8_U+FFFF", #"["%ef%bf%bf"]"#),
        .init("string_null_escape", #"["\u0000"]"#),
        .init("string_one-byte-utf-8", #"["\u002c"]"#, #"[","]"#),
        .init("string_pi", #"["%cf%80"]"#),
        .init("string_reservedCharacterInUTF-8_U+1BFFF", #"["%f0%9b%bf%bf"]"#),
        .init("string_simple_ascii", #"["asd "]"#),
        .init("string_space", #"" ""#),
        .init("string_surrogates_U+1D11E_MUSICAL_SYMBOL_G_CLEF", #"["\uD834\uDd1e"]"#, #"["%f0%9d%84%9e"]"#),
        .init("string_three-byte-utf-8", #"["\u0821"]"#, #"["%e0%a0%a1"]"#),
        .init("string_two-byte-utf-8", #"["\u0123"]"#, #"["%c4%a3"]"#),
        .init("string_u+2028_line_sep", #"["%e2%80%a8"]"#),
        .init("string_u+2029_par_sep", #"["%e2%80%a9"]"#),
        .init("string_uEscape", #"["\u0061\u30af\u30EA\u30b9"]"#, #"["aクリス"]"#),
        .init("string_uescaped_newline", #"["new\u000Aline"]"#, #"["new\nline"]"#),
        .init("string_unescaped_char_delete", #"["%7f"]"#),
        .init("string_unicode", #"["\uA66D"]"#, #"["%ea%99%ad"]"#),
        .init("string_unicodeEscapedBackslash", #"["\u005C"]"#, #"["\\"]"#),
        .init("string_unicode_2", #"["⍂㈴⍂"]"#),
        .init("string_unicode_U+10FFFE_nonchar", #"["\uDBFF\uDFFE"]"#, #"["%f4%8f%bf%be"]"#),
        .init("string_unicode_U+1FFFE_nonchar", #"["\uD83F\uDFFE"]"#, #"["%f0%9f%bf%be"]"#),
        .init("string_unicode_U+200B_ZERO_WIDTH_SPACE", #"["\u200B"]"#, #"["%e2%80%8b"]"#),
        .init("string_unicode_U+2064_invisible_plus", #"["\u2064"]"#, #"["%e2%81%a4"]"#),
        .init("string_unicode_U+FDD0_nonchar", #"["\uFDD0"]"#, #"["%ef%b7%90"]"#),
        .init("string_unicode_U+FFFE_nonchar", #"["\uFFFE"]"#, #"["%ef%bf%be"]"#),
        .init("string_unicode_escaped_double_quote", #"["\u0022"]"#, #"["\""]"#),
        .init("string_utf8", #"["€𝄞"]"#),
        .init("string_with_del_character", #"["a%7fa"]"#),
    ]

    /// The cases that this reader chooses to accept: numbers of any size; and ill-formed Unicode, as U+FFFD.
    static let chosen: [AcceptedVector] = [
        .init("number_double_huge_neg_exp", "[123.456e-789]"),
        .init("number_huge_exp", "[0.4e00669999999999999999999999999999999999999999999999999999999999969999999006]"),
        .init("number_neg_int_huge_exp", "[-1e+9999]"),
        .init("number_pos_double_huge_exp", "[1.5e+9999]"),
        .init("number_real_neg_overflow", "[-123123e100000]"),
        .init("number_real_pos_overflow", "[123123e100000]"),
        .init("number_real_underflow", "[123e-10000000]"),
        .init("number_too_big_neg_int", "[-123123123123123123123123123123]"),
        .init("number_too_big_pos_int", "[100000000000000000000]"),
        .init("number_very_big_negative_int", "[-237462374673276894279832749832423479823246327846]"),
        .init("object_key_lone_2nd_surrogate", #"{"\uDFAA":0}"#, "{\"\u{FFFD}\":0}"),
        .init("string_1st_surrogate_but_2nd_missing", #"["\uDADA"]"#, "[\"\u{FFFD}\"]"),
        .init("string_1st_valid_surrogate_2nd_invalid", #"["\uD888\u1234"]"#, "[\"\u{FFFD}\u{1234}\"]"),
        .init("string_UTF-8_invalid_sequence", #"["日ш%fa"]"#, "[\"日ш\u{FFFD}\"]"),
        .init("string_UTF8_surrogate_U+D800", #"["%ed%a0%80"]"#, "[\"\u{FFFD}\u{FFFD}\u{FFFD}\"]"),
        .init("string_incomplete_surrogate_and_escape_valid", #"["\uD800\n"]"#, "[\"\u{FFFD}\\n\"]"),
        .init("string_incomplete_surrogate_pair", #"["\uDd1ea"]"#, "[\"\u{FFFD}a\"]"),
        .init("string_incomplete_surrogates_escape_valid", #"["\uD800\uD800\n"]"#, "[\"\u{FFFD}\u{FFFD}\\n\"]"),
        .init("string_invalid_lonely_surrogate", #"["\ud800"]"#, "[\"\u{FFFD}\"]"),
        .init("string_invalid_surrogate", #"["\ud800abc"]"#, "[\"\u{FFFD}abc\"]"),
        .init("string_invalid_utf-8", #"["%ff"]"#, "[\"\u{FFFD}\"]"),
        .init("string_inverted_surrogates_U+1D11E", #"["\uDd1e\uD834"]"#, "[\"\u{FFFD}\u{FFFD}\"]"),
        .init("string_iso_latin_1", #"["%e9"]"#, "[\"\u{FFFD}\"]"),
        .init("string_lone_second_surrogate", #"["\uDFAA"]"#, "[\"\u{FFFD}\"]"),
        .init("string_lone_utf8_continuation_byte", #"["%81"]"#, "[\"\u{FFFD}\"]"),
        .init("string_not_in_unicode_range", #"["%f4%bf%bf%bf"]"#, "[\"\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\"]"),
        .init("string_overlong_sequence_2_bytes", #"["%c0%af"]"#, "[\"\u{FFFD}\u{FFFD}\"]"),
        .init(
            "string_overlong_sequence_6_bytes",
            #"["%fc%83%bf%bf%bf%bf"]"#,
            "[\"\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\"]"
        ),
        .init(
            "string_overlong_sequence_6_bytes_null",
            #"["%fc%80%80%80%80%80"]"#,
            "[\"\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\"]"
        ),
        .init("string_truncated-utf-8", #"["%e0%ff"]"#, "[\"\u{FFFD}\u{FFFD}\"]"),
        .init(
            "structure_500_nested_arrays",
            String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        ),
    ]
}
