package expr

import (
	"bytes"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// positionFunctions search strings for strings.
func positionFunctions() []*function {
	const cat = "String Search"
	out := []*function{
		entry(info(cat, "startsWith(s, prefix)", "UInt8", "Tells whether s begins with prefix.", "startsWith('abc', 'a')"), 2, 2, bindStartsWith),
		entry(info(cat, "endsWith(s, suffix)", "UInt8", "Tells whether s ends with suffix.", "endsWith('abc', 'c')"), 2, 2, bindStartsWith),
		entry(info(cat, "startsWithUTF8(s, prefix)", "UInt8", "Tells whether s begins with prefix.", "startsWithUTF8('äbc', 'ä')"), 2, 2, testOfTexts(bytes.HasPrefix)),
		entry(info(cat, "endsWithUTF8(s, suffix)", "UInt8", "Tells whether s ends with suffix.", "endsWithUTF8('abä', 'ä')"), 2, 2, testOfTexts(bytes.HasSuffix)),
		entry(info(cat, "startsWithCaseInsensitive(s, prefix)", "UInt8", "Tells whether s begins with prefix, case ignored.", "startsWithCaseInsensitive('ABC', 'a')"), 2, 2, testOfTexts(func(a, b []byte) bool { return len(a) >= len(b) && equalFoldASCII(a[:len(b)], b) })),
		entry(info(cat, "endsWithCaseInsensitive(s, suffix)", "UInt8", "Tells whether s ends with suffix, case ignored.", "endsWithCaseInsensitive('ABC', 'c')"), 2, 2, testOfTexts(func(a, b []byte) bool { return len(a) >= len(b) && equalFoldASCII(a[len(a)-len(b):], b) })),
		entry(info(cat, "locate(needle, s[, start])", "UInt64", "Is where needle first occurs in s, from 1; 0 where it does not.", "locate('b', 'abc')").anyCase(), 2, 3, bindPosition),
		entry(info(cat, "hasToken(s, token)", "UInt8", "Tells whether token is one of the words of s.", "hasToken('a b', 'b')"), 2, 2, bindHasToken),
		entry(info(cat, "hasTokenCaseInsensitive(s, token)", "UInt8", "Tells whether token is one of the words of s, case ignored.", "hasTokenCaseInsensitive('a B', 'b')").anyCase(), 2, 2, bindHasToken),
	}
	for _, v := range []string{"", "CaseInsensitive", "UTF8", "CaseInsensitiveUTF8"} {
		how := map[string]string{"": "in bytes", "CaseInsensitive": "in bytes, case ignored", "UTF8": "in code points", "CaseInsensitiveUTF8": "in code points, case ignored"}[v]
		position := info(cat, "position"+v+"(s, needle[, start])", "UInt64", "Is where needle first occurs in s, from 1, "+how+"; 0 where it does not.", "position"+v+"('abc', 'b')")
		switch v {
		case "":
			position = position.anyCase()
		case "CaseInsensitive":
			position = position.also("instr", "INSTR")
		}
		count := info(cat, "countSubstrings"+v+"(s, needle[, start])", "UInt64", "Is how often needle occurs in s, occurrences not overlapping, "+how+".", "countSubstrings"+v+"('aba', 'a')")
		if v == "" {
			count = count.anyCase()
		}
		if v != "UTF8" {
			out = append(out, entry(count, 2, 3, bindPosition))
		}
		out = append(out, entry(position, 2, 3, bindPosition),
			entry(info(cat, "multiSearchAny"+v+"(s, needles)", "UInt8", "Tells whether any of the needles occurs in s, "+how+".", "multiSearchAny"+v+"('abc', ['b'])"), 2, 2, bindMultiSearch),
			entry(info(cat, "multiSearchFirstIndex"+v+"(s, needles)", "UInt64", "Is the number of a needle that occurs first in s, 0 for none, "+how+".", "multiSearchFirstIndex"+v+"('abc', ['b'])"), 2, 2, bindMultiSearch),
			entry(info(cat, "multiSearchFirstPosition"+v+"(s, needles)", "UInt64", "Is where the first of the needles occurs in s, 0 for nowhere, "+how+".", "multiSearchFirstPosition"+v+"('abc', ['b'])"), 2, 2, bindMultiSearch),
			entry(info(cat, "multiSearchAllPositions"+v+"(s, needles)", "Array(UInt64)", "Is where each of the needles first occurs in s, 0 for nowhere, "+how+".", "multiSearchAllPositions"+v+"('abc', ['b'])"), 2, 2, bindMultiSearch))
	}
	return out
}

func equalFoldASCII(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if lowerASCII(c) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func bindStartsWith(s *site) (bound, error) {
	if s.types[0].Kind == types.Array {
		return bindArrayStartsWith(s)
	}
	if s.name == "startsWith" {
		return testOfTexts(bytes.HasPrefix)(s)
	}
	return testOfTexts(bytes.HasSuffix)(s)
}

// finder searches the way that a function's name says.
type finder struct {
	fold, points bool
	a, b         []byte // buffers for folded text
}

func finderOf(name string) finder {
	return finder{fold: strings.Contains(name, "CaseInsensitive"), points: strings.HasSuffix(name, "UTF8")}
}

// prepare brings the text and the needle into the form in which they are compared.
func (f *finder) prepare(s, needle []byte) (text, want []byte) {
	if !f.fold {
		return s, needle
	}
	f.a, f.b = f.folded(f.a[:0], s), f.folded(f.b[:0], needle)
	return f.a, f.b
}

func (f *finder) folded(dst, s []byte) []byte {
	if f.points {
		return foldCase(dst, s)
	}
	for _, c := range s {
		dst = append(dst, lowerASCII(c))
	}
	return dst
}

// start is the byte at which a search that starts at a character begins; ok is
// false when that is behind the end.
func (f *finder) start(s []byte, from int64) (int64, bool) {
	if from <= 1 {
		return 0, true
	}
	if f.points {
		if from-1 > int64(countPoints(s)) {
			return 0, false
		}
		return pointAt(s, from-1), true
	}
	return from - 1, from-1 <= int64(len(s))
}

// number is the place, from 1, of the character at a byte.
func (f *finder) number(s []byte, at int) uint64 {
	if f.points {
		return countPoints(s[:at]) + 1
	}
	return uint64(at) + 1
}

func (f *finder) position(s, needle []byte, from int64) uint64 {
	s, needle = f.prepare(s, needle)
	at, ok := f.start(s, from)
	if !ok {
		return 0
	}
	k := bytes.Index(s[at:], needle)
	if k < 0 {
		return 0
	}
	return f.number(s, int(at)+k)
}

func (f *finder) count(s, needle []byte, from int64) uint64 {
	s, needle = f.prepare(s, needle)
	at, ok := f.start(s, from)
	if !ok || len(needle) == 0 {
		return 0
	}
	return uint64(bytes.Count(s[at:], needle))
}

func bindPosition(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	if err := s.takesInts(2); err != nil {
		return bound{}, err
	}
	text, needle := 0, 1
	if s.name == "locate" {
		text, needle = 1, 0
	}
	f, count := finderOf(s.name), strings.HasPrefix(s.name, "count")
	return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, want, from := stringsOf(args[text]), stringsOf(args[needle]), constInts(1)
		if len(args) > 2 {
			from = intsOf(args[2])
		}
		f := f
		search := f.position
		if count {
			search = f.count
		}
		out := make([]uint64, r.n)
		for i := range out {
			out[i] = search(at(i), want(i), from(i))
		}
		return vec(out), nil
	}}, nil
}

// needlesOf gives the strings of an array operand at a row.
func needlesOf(v *batch.Vector) func(i int) [][]byte {
	l := v.Data.(batch.Lists)
	elems := l.Elems.Expand()
	if elems.Len == 0 {
		return func(int) [][]byte { return nil }
	}
	texts := elems.Strings()
	read := func(i int) (out [][]byte) {
		for e := l.Offsets[i]; e < l.Offsets[i+1]; e++ {
			out = append(out, texts.At(int(e)))
		}
		return out
	}
	if len(l.Offsets) == 2 {
		one := read(0)
		return func(int) [][]byte { return one }
	}
	return read
}

// maxNeedles is ClickHouse's limit of multiSearch.
const maxNeedles = 255

func bindMultiSearch(s *site) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	if t := s.types[1]; t.Kind != types.Array || !t.Elem().Plain().IsString() {
		return bound{}, s.illegal(1)
	}
	f, ret := finderOf(s.name), types.Of(types.UInt64)
	what := strings.TrimSuffix(strings.TrimSuffix(s.name, "UTF8"), "CaseInsensitive")
	switch what {
	case "multiSearchAllPositions":
		return bound{ret: types.ArrayOf(ret), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			return allPositions(r, f, args)
		}}, nil
	case "multiSearchAny":
		ret = types.Of(types.UInt8)
	}
	return bound{ret: ret, canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, needles := stringsOf(args[0]), needlesOf(args[1])
		out := make([]uint64, r.n)
		f := f
		for i := range out {
			list := needles(i)
			if len(list) > maxNeedles && !r.skips(i) {
				return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
					"Number of arguments for function %s doesn't match: passed %d, should be at most %d", s.name, len(list), maxNeedles)
			}
			index, position := f.first(at(i), list)
			if what == "multiSearchFirstPosition" {
				index = position
			}
			out[i] = index
		}
		if what == "multiSearchAny" {
			flags := make([]uint8, r.n)
			for i, x := range out {
				flags[i] = truth(x != 0)
			}
			return vec(flags), nil
		}
		return vec(out), nil
	}}, nil
}

// first finds the first needle that occurs and the first place where any does.
func (f *finder) first(s []byte, needles [][]byte) (index, position uint64) {
	for k, needle := range needles {
		p := f.position(s, needle, 1)
		if p > 0 && index == 0 {
			index = uint64(k) + 1
		}
		if p > 0 && (position == 0 || p < position) {
			position = p
		}
	}
	return index, position
}

func allPositions(r *run, f finder, args []*batch.Vector) (*batch.Vector, error) {
	at, needles := stringsOf(args[0]), needlesOf(args[1])
	var out []uint64
	ends := make([]uint32, 1, r.n+1)
	for i := range r.n {
		for _, needle := range needles(i) {
			out = append(out, f.position(at(i), needle, 1))
		}
		ends = append(ends, uint32(len(out)))
	}
	return vec(batch.Lists{Offsets: ends, Elems: batch.NewFixed(types.Of(types.UInt64), out, nil)}), nil
}

// isTokenByte tells whether a byte is part of a word.
func isTokenByte(c byte) bool { return isAlnum(c) || c >= 0x80 }

func bindHasToken(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	text, err := s.constString(1)
	if err != nil {
		return bound{}, err
	}
	if strings.IndexFunc(text, func(c rune) bool { return c < 0x80 && !isAlnum(byte(c)) }) >= 0 {
		return bound{}, chcode.Errorf(chcode.BadArguments,
			"Needle must not contain whitespace or separator characters")
	}
	f, token := finderOf(s.name), []byte(text)
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, f := stringsOf(args[0]), f
		out := make([]uint8, r.n)
		for i := range out {
			out[i] = truth(hasToken(f.prepare(at(i), token)))
		}
		return vec(out), nil
	}}, nil
}

func hasToken(s, token []byte) bool {
	if len(token) == 0 {
		return false
	}
	for from := 0; ; {
		k := bytes.Index(s[from:], token)
		if k < 0 {
			return false
		}
		lo, hi := from+k, from+k+len(token)
		if (lo == 0 || !isTokenByte(s[lo-1])) && (hi == len(s) || !isTokenByte(s[hi])) {
			return true
		}
		from = hi
	}
}
