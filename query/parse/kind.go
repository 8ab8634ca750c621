package parse

// String returns the kind as an error message names it.
func (k kind) String() string {
	switch k {
	case tEOF:
		return "end of query"
	case tWord, tQuoted:
		return "identifier"
	case tNumber:
		return "number"
	case tString:
		return "string literal"
	case tOpen:
		return "OpeningRoundBracket"
	case tClose:
		return "ClosingRoundBracket"
	case tOpenSq:
		return "OpeningSquareBracket"
	case tCloseSq:
		return "ClosingSquareBracket"
	case tOpenCur:
		return "OpeningCurlyBrace"
	case tCloseCur:
		return "ClosingCurlyBrace"
	case tComma:
		return "Comma"
	case tSemicolon:
		return "Semicolon"
	case tDot:
		return "Dot"
	case tAsterisk:
		return "Asterisk"
	case tArrow:
		return "Arrow"
	case tColon:
		return "Colon"
	case tEq:
		return "Equals"
	default:
		return "token"
	}
}
