package expr

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// replaceFunctions make strings of others by replacing parts.
func replaceFunctions() []*function {
	const cat = "String Replacement"
	return []*function{
		entry(info(cat, "replaceOne(s, pattern, replacement)", "String", "Replaces the first occurrence of a text.", "replaceOne('abab', 'b', 'x')"), 3, 3, bindReplace),
		entry(info(cat, "replaceAll(s, pattern, replacement)", "String", "Replaces all occurrences of a text.", "replaceAll('abab', 'b', 'x')").anyCase().also("replace"), 3, 3, bindReplace),
		entry(info(cat, "translate(s, from, to)", "String", "Replaces each byte that is in from by that in the same place of to; those without are cut.", "translate('abc', 'ab', 'xy')"), 3, 3, bindTranslate),
		entry(info(cat, "translateUTF8(s, from, to)", "String", "Replaces each code point that is in from by that in the same place of to; those without are cut.", "translateUTF8('äbc', 'ä', 'a')"), 3, 3, bindTranslate),
		entry(info(cat, "format(pattern, x, …)", "String", "Puts the arguments in the places {} or {0}, {1}, … of the pattern.", "format('{} {}', 'a', 'b')"), 2, anyArgs, bindFormat),
	}
}

func bindReplace(s *site) (bound, error) {
	if err := s.takesText(0, 1, 2); err != nil {
		return bound{}, err
	}
	limit := -1
	if s.name == "replaceOne" {
		limit = 1
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, from, to := stringsOf(args[0]), stringsOf(args[1]), stringsOf(args[2])
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			return replaceText(dst, at(i), from(i), to(i), limit), nil
		})
	}}, nil
}

func replaceText(dst, s, from, to []byte, limit int) []byte {
	for ; limit != 0 && len(from) > 0; limit-- {
		k := bytes.Index(s, from)
		if k < 0 {
			break
		}
		dst = append(append(dst, s[:k]...), to...)
		s = s[k+len(from):]
	}
	return append(dst, s...)
}

// cutPoint marks a character that translate cuts.
const cutPoint = -1

func bindTranslate(s *site) (bound, error) {
	if err := s.takesText(0, 1, 2); err != nil {
		return bound{}, err
	}
	from, err := s.constString(1)
	if err != nil {
		return bound{}, err
	}
	to, err := s.constString(2)
	if err != nil {
		return bound{}, err
	}
	points := s.isUTF8()
	if !points && len(from) < len(to) {
		return bound{}, chcode.Errorf(chcode.BadArguments, "Third argument of function %s must not be longer than the second", s.name)
	}
	if !points && (!isASCII([]byte(from)) || !isASCII([]byte(to))) {
		return bound{}, chcode.Errorf(chcode.BadArguments, "Second and third arguments must be ASCII strings")
	}
	table := map[rune]rune{}
	target := []rune(to)
	for k, c := range []rune(from) {
		if k < len(target) {
			table[c] = target[k]
		} else {
			table[c] = cutPoint
		}
	}
	if points {
		return ofText(func(dst, s []byte) []byte { return translatePoints(dst, s, table) })(s)
	}
	var bytewise [256]rune
	for c := range bytewise {
		bytewise[c] = rune(c)
		if to, ok := table[rune(c)]; ok {
			bytewise[c] = to
		}
	}
	return ofText(func(dst, s []byte) []byte {
		for _, c := range s {
			if x := bytewise[c]; x != cutPoint {
				dst = append(dst, byte(x))
			}
		}
		return dst
	})(s)
}

func translatePoints(dst, s []byte, table map[rune]rune) []byte {
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRune(s[i:])
		to, ok := table[c]
		switch {
		case !ok:
			dst = append(dst, s[i:i+n]...)
		case to != cutPoint:
			dst = utf8.AppendRune(dst, to)
		}
		i += n
	}
	return dst
}

// formatPart is a text followed by an argument (-1: none).
type formatPart struct {
	text string
	arg  int
}

func bindFormat(s *site) (bound, error) {
	pattern, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	parts, err := parseFormat(pattern, len(s.args)-1)
	if err != nil {
		return bound{}, err
	}
	if err := s.castAll(1); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := make([]func(int) []byte, len(args))
		for k, a := range args {
			at[k] = stringsOf(a)
		}
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			for _, p := range parts {
				dst = append(dst, p.text...)
				if p.arg >= 0 {
					dst = append(dst, at[p.arg+1](i)...)
				}
			}
			return dst, nil
		})
	}}, nil
}

func badFormat(what string) error {
	return chcode.Errorf(chcode.BadArguments, "Not a valid pattern for function format: %s", what)
}

// parseFormat reads a pattern with {} and {0}; {{ and }} are braces.
func parseFormat(pattern string, count int) ([]formatPart, error) {
	var out []formatPart
	var text []byte
	plain, numbered, next := false, false, 0
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c != '{' && c != '}':
			text = append(text, c)
			continue
		case i+1 < len(pattern) && pattern[i+1] == c:
			text = append(text, c)
			i++
			continue
		case c == '}':
			return nil, badFormat("Closed curly brace isn't closed or opened")
		}
		end := i + 1
		for end < len(pattern) && pattern[end] != '}' {
			end++
		}
		if end == len(pattern) {
			return nil, badFormat("Curly braces are not closed")
		}
		arg := next
		if number := pattern[i+1 : end]; number == "" {
			plain = true
			next++
		} else {
			n, err := strconv.Atoi(number)
			if err != nil {
				return nil, badFormat("Not a number in curly braces at index " + strconv.Itoa(i))
			}
			numbered, arg = true, n
		}
		if plain && numbered {
			return nil, badFormat("Cannot switch between automatic field numbering and manual field specification")
		}
		if arg < 0 || arg >= count {
			return nil, badFormat("Argument is too big for formatting")
		}
		out = append(out, formatPart{text: string(text), arg: arg})
		text = text[:0]
		i = end
	}
	return append(out, formatPart{text: string(text), arg: -1}), nil
}
