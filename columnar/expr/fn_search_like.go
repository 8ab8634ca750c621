package expr

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// likeFunctions are LIKE and its kin.
func likeFunctions() []*function {
	const cat = "String Search"
	return []*function{
		entry(info(cat, "like(s, pattern)", "UInt8", "Tells whether s matches a pattern in which % is any text and _ any character.", "like('abc', 'a%')"), 2, 2, bindLike),
		entry(info(cat, "notLike(s, pattern)", "UInt8", "Tells whether s does not match a LIKE pattern.", "notLike('abc', 'b%')"), 2, 2, bindLike),
		entry(info(cat, "ilike(s, pattern)", "UInt8", "Tells whether s matches a LIKE pattern when case is ignored.", "ilike('ABC', 'a%')"), 2, 2, bindLike),
		entry(info(cat, "notILike(s, pattern)", "UInt8", "Tells whether s does not match a LIKE pattern when case is ignored.", "notILike('ABC', 'b%')"), 2, 2, bindLike),
	}
}

func bindLike(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	fold := s.name == "ilike" || s.name == "notILike"
	miss := truth(s.name == "notLike" || s.name == "notILike")
	ret := types.Of(types.UInt8)
	if c := s.constant(1); c != nil && !c.isNull() {
		p, err := parseLike(c.Vec.Bytes(0), fold)
		if err != nil {
			return bound{}, err
		}
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]uint8, r.n)
			p.all(out, args[0].Strings(), miss)
			return vec(out), nil
		}}, nil
	}
	return bound{ret: ret, canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, pattern := stringsOf(args[0]), stringsOf(args[1])
		out := make([]uint8, r.n)
		patterns := map[string]*likePattern{}
		for i := range out {
			if r.skips(i) {
				continue
			}
			p, err := cached(patterns, pattern(i), func(b []byte) (*likePattern, error) { return parseLike(b, fold) })
			if err != nil {
				return nil, err
			}
			out[i] = truth(p.match(at(i))) ^ miss
		}
		return vec(out), nil
	}}, nil
}

// maxCachedPatterns bounds the patterns of a column that are kept compiled.
const maxCachedPatterns = 1000

// cached compiles a pattern once per evaluation.
func cached[P any](known map[string]P, text []byte, compile func([]byte) (P, error)) (P, error) {
	if p, ok := known[string(text)]; ok {
		return p, nil
	}
	p, err := compile(text)
	if err != nil {
		return p, err
	}
	if len(known) >= maxCachedPatterns {
		clear(known)
	}
	known[string(text)] = p
	return p, nil
}

// likePattern is a LIKE pattern: pieces with any text between them.
type likePattern struct {
	pieces           []likePiece
	openLeft         bool // % at the beginning
	openRight        bool // % at the end
	plain, fold, any bool // no _ in it; ignore case; nothing but %
}

// likePiece is literal texts with one character of any kind between them.
type likePiece [][]byte

func parseLike(pattern []byte, fold bool) (*likePattern, error) {
	p := &likePattern{plain: true, fold: fold}
	piece, text := likePiece(nil), []byte(nil)
	started := false
	flush := func() {
		if started {
			p.pieces = append(p.pieces, append(piece, text))
		}
		piece, text, started = nil, nil, false
	}
	for i := 0; i < len(pattern); i++ {
		p.openRight = false
		switch c := pattern[i]; c {
		case '%':
			p.openLeft = p.openLeft || len(p.pieces) == 0 && !started
			flush()
			p.openRight = true
		case '_':
			piece, text, started = append(piece, text), nil, true
			p.plain = false
		case '\\':
			if i+1 == len(pattern) {
				return nil, chcode.Errorf(chcode.CannotParseEscapeSequence,
					"Invalid escape sequence at the end of LIKE pattern '%s'", pattern)
			}
			i++
			if e := pattern[i]; e != '%' && e != '_' && e != '\\' {
				text = append(text, '\\')
			}
			text, started = append(text, pattern[i]), true
		default:
			text, started = append(text, c), true
		}
	}
	flush()
	if fold {
		for _, piece := range p.pieces {
			for k := range piece {
				piece[k] = foldCase(nil, piece[k])
			}
		}
	}
	p.any = len(p.pieces) == 0 && (p.openLeft || p.openRight)
	return p, nil
}

// all matches every value; fast ways first: any text, exact, prefix, suffix,
// contains.
func (p *likePattern) all(out []uint8, s batch.Strings, miss uint8) {
	match := p.match
	if p.plain && !p.fold && len(p.pieces) <= 1 {
		var text []byte
		if len(p.pieces) == 1 {
			text = p.pieces[0][0]
		}
		switch {
		case p.any:
			match = func([]byte) bool { return true }
		case p.openLeft && p.openRight:
			containsAll(out, s, text, miss)
			return
		case p.openLeft:
			match = func(b []byte) bool { return bytes.HasSuffix(b, text) }
		case p.openRight:
			match = func(b []byte) bool { return bytes.HasPrefix(b, text) }
		default:
			match = func(b []byte) bool { return bytes.Equal(b, text) }
		}
	}
	if s.Len() < len(out) {
		return // a column without rows
	}
	for i := range out {
		out[i] = truth(match(s.At(i))) ^ miss
	}
}

// containsAll searches the whole column at once and maps the finds to rows.
func containsAll(out []uint8, s batch.Strings, text []byte, miss uint8) {
	for i := range out {
		out[i] = miss
	}
	if len(out) == 0 {
		return
	}
	row, at, end := 0, s.Offsets[0], s.Offsets[len(out)]
	for at+uint32(len(text)) <= end {
		k := bytes.Index(s.Bytes[at:end], text)
		if k < 0 {
			return
		}
		at += uint32(k)
		for s.Offsets[row+1] <= at {
			row++
		}
		if at+uint32(len(text)) <= s.Offsets[row+1] {
			out[row] = 1 ^ miss
			at = s.Offsets[row+1]
			if row++; row == len(out) {
				return
			}
		} else {
			at++
		}
	}
}

func (p *likePattern) match(s []byte) bool {
	if p.fold {
		var buf [128]byte
		s = foldCase(buf[:0], s)
	}
	if len(p.pieces) == 0 {
		return p.any || len(s) == 0
	}
	pieces := p.pieces
	if !p.openLeft {
		n, ok := pieces[0].prefix(s)
		if !ok || (len(pieces) == 1 && !p.openRight && n != len(s)) {
			return false
		}
		if len(pieces) == 1 {
			return true
		}
		s, pieces = s[n:], pieces[1:]
	}
	for k, piece := range pieces {
		if k == len(pieces)-1 && !p.openRight {
			return piece.suffix(s)
		}
		n, ok := piece.find(s)
		if !ok {
			return false
		}
		s = s[n:]
	}
	return true
}

// prefix tells how long the piece is at the beginning of s.
func (p likePiece) prefix(s []byte) (int, bool) {
	at := 0
	for k, text := range p {
		if k > 0 {
			if at >= len(s) {
				return 0, false
			}
			at += runeLen(s[at:])
		}
		if !bytes.HasPrefix(s[at:], text) {
			return 0, false
		}
		at += len(text)
	}
	return at, true
}

// find is where the first occurrence of the piece in s ends.
func (p likePiece) find(s []byte) (int, bool) {
	for from := 0; from <= len(s); {
		k := bytes.Index(s[from:], p[0])
		if k < 0 {
			return 0, false
		}
		from += k
		if n, ok := p.prefix(s[from:]); ok {
			return from + n, true
		}
		if from == len(s) {
			return 0, false
		}
		from += runeLen(s[from:])
	}
	return 0, false
}

// suffix tells whether s ends with the piece.
func (p likePiece) suffix(s []byte) bool {
	if !bytes.HasSuffix(s, p[len(p)-1]) {
		return false
	}
	for k := len(p) - 1; k >= 0; k-- {
		if !bytes.HasSuffix(s, p[k]) {
			return false
		}
		s = s[:len(s)-len(p[k])]
		if k > 0 {
			if len(s) == 0 {
				return false
			}
			_, n := utf8.DecodeLastRune(s)
			s = s[:len(s)-n]
		}
	}
	return true
}

// foldCase appends s with every letter replaced by the one that stands for all
// its cases.
func foldCase(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			dst = append(dst, lowerASCII(s[i]))
			i++
			continue
		}
		c, n := utf8.DecodeRune(s[i:])
		if c == utf8.RuneError && n == 1 {
			dst = append(dst, s[i])
		} else {
			dst = utf8.AppendRune(dst, foldRune(c))
		}
		i += n
	}
	return dst
}

// foldRune is the least letter among the cases of c, in lower case when that is
// ASCII.
func foldRune(c rune) rune {
	least := c
	for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if least < utf8.RuneSelf {
		return rune(lowerASCII(byte(least)))
	}
	return least
}
