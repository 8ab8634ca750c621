package format

import (
	"slices"
	"unicode/utf8"
)

// tabStop is how far apart a terminal's tab stops are.
const tabStop = 8

// runeWidth is how many columns of a terminal a character takes.
func runeWidth(r rune) int {
	switch {
	case r < ' ' || (r >= 0x7f && r < 0xa0):
		return 0
	case r < 0x300:
		if r == 0xad {
			return inRanges(zeroWidth, r, 0)
		}
		return 1
	case inRanges(doubleWidth, r, 2) == 2:
		return 2
	default:
		return inRanges(zeroWidth, r, 0)
	}
}

// inRanges is w when r lies in one of the ranges, else 1.
func inRanges(ranges []rune, r rune, w int) int {
	i, found := slices.BinarySearch(ranges, r)
	if found || i%2 == 1 {
		return w
	}
	return 1
}

// scanWidth walks over text that begins at column prefix of the screen, and
// stops before it gets wider than limit. It returns the bytes it took and their
// width. Escape sequences of terminals and bytes that are not UTF-8 take no
// room.
func scanWidth(s []byte, prefix, limit int) (n, width int) {
	escape := false
	for n < len(s) {
		r, size := rune(s[n]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(s[n:])
		}
		w := 0
		switch {
		case r >= ' ' && r < 0x7f:
			if !escape {
				w = 1
			} else if r >= '@' && s[n-1] != 0x1b {
				escape = false
			}
		case r == 0x1b:
			escape = true
		case r == '\t':
			w = tabStop - (prefix+width)%tabStop
		case r != utf8.RuneError || size > 1:
			w = runeWidth(r)
		}
		if width+w > limit {
			break
		}
		width += w
		n += size
	}
	return n, width
}

// maxWidth is a limit that nothing reaches.
const maxWidth = 1 << 62

// textWidth is the width of text that begins at column prefix.
func textWidth(s []byte, prefix int) int {
	_, w := scanWidth(s, prefix, maxWidth)
	return w
}

// cutName shortens a column's name that is longer than cutTo by more than
// slack, unless it is an identifier: people copy those.
func cutName(name string, cutTo, slack int, filler string) (string, int) {
	width := textWidth([]byte(name), 0)
	if cutTo == 0 || width <= cutTo+slack || isIdentifier(name) {
		return name, width
	}
	head, _ := scanWidth([]byte(name), 0, cutTo/2)
	tail, _ := scanWidth([]byte(name), 0, width-(cutTo-1)/2)
	return name[:head] + filler + name[tail:], cutTo
}

func isIdentifier(s string) bool {
	for i := range len(s) {
		if !isWord(s[i]) || (i == 0 && isDigit(s[i])) {
			return false
		}
	}
	return s != ""
}
