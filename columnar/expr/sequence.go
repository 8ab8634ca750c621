package expr

import (
	"bytes"
	"regexp/syntax"
	"unicode/utf8"
)

// sequence is a regular expression that begins with "^" and is texts, characters of
// classes and optional parts, one after the other: it is matched several times faster
// than by package regexp, with the same result.
type sequence struct {
	ops    []seqOp
	groups int
}

type seqKind uint8

const (
	seqText  seqKind = iota // text
	seqRun                  // characters of a class, as many as there are, at least min
	seqMaybe                // what stands up to op next, if it can be
	seqSave                 // the place where group min/2 begins or ends
)

type seqOp struct {
	kind  seqKind
	min   int
	next  int
	text  []byte
	ascii [2]uint64 // of a class
	runes []rune    // pairs of bounds
	sure  bool      // what follows can't begin inside a run
}

// Limits of sequences: groups that a replacement may name, and how many steps a match
// may take for each byte before regexp takes over, which never goes back.
const (
	seqGroups = 10
	seqSteps  = 16
)

// newSequence makes a sequence of an expression; nil when it is of another kind.
func newSequence(expression string) *sequence {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil || tree.Op != syntax.OpConcat || tree.Sub[0].Op != syntax.OpBeginText || tree.MaxCap() >= seqGroups {
		return nil
	}
	s := &sequence{groups: tree.MaxCap() + 1}
	for _, part := range tree.Sub[1:] {
		if !s.add(part) {
			return nil
		}
	}
	for i := range s.ops {
		s.ops[i].sure = s.isSure(i)
	}
	return s
}

func (s *sequence) add(re *syntax.Regexp) bool {
	if re.Flags&(syntax.FoldCase|syntax.NonGreedy) != 0 && re.Op != syntax.OpCharClass {
		return false
	}
	switch re.Op {
	case syntax.OpLiteral:
		s.ops = append(s.ops, seqOp{kind: seqText, text: []byte(string(re.Rune))})
		return !bytes.ContainsRune(s.ops[len(s.ops)-1].text, utf8.RuneError)
	case syntax.OpStar, syntax.OpPlus:
		op := seqOp{kind: seqRun}
		if re.Op == syntax.OpPlus {
			op.min = 1
		}
		if !op.class(re.Sub[0]) {
			return false
		}
		s.ops = append(s.ops, op)
		return true
	case syntax.OpQuest:
		at := len(s.ops)
		s.ops = append(s.ops, seqOp{kind: seqMaybe})
		ok := s.add(re.Sub[0])
		s.ops[at].next = len(s.ops)
		return ok
	case syntax.OpCapture:
		s.ops = append(s.ops, seqOp{kind: seqSave, min: 2 * re.Cap})
		ok := s.add(re.Sub[0])
		s.ops = append(s.ops, seqOp{kind: seqSave, min: 2*re.Cap + 1})
		return ok
	case syntax.OpConcat:
		for _, part := range re.Sub {
			if !s.add(part) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// class takes the characters of a class or a literal in.
func (o *seqOp) class(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpCharClass:
		o.runes = re.Rune
	case syntax.OpLiteral:
		if len(re.Rune) != 1 || re.Flags&syntax.FoldCase != 0 {
			return false
		}
		o.runes = []rune{re.Rune[0], re.Rune[0]}
	case syntax.OpAnyChar:
		o.runes = []rune{0, utf8.MaxRune}
	default:
		return false
	}
	for c := range rune(utf8.RuneSelf) {
		if o.inRanges(c) {
			o.ascii[c/64] |= 1 << (c % 64)
		}
	}
	return true
}

func (o *seqOp) inRanges(c rune) bool {
	for i := 0; i < len(o.runes); i += 2 {
		if c >= o.runes[i] && c <= o.runes[i+1] {
			return true
		}
	}
	return false
}

// isSure tells whether text that can't begin with a character of a run follows it, but
// for the bounds of groups.
func (s *sequence) isSure(at int) bool {
	if s.ops[at].kind != seqRun {
		return false
	}
	for i := range s.ops[at+1:] {
		switch next := &s.ops[at+1+i]; next.kind {
		case seqSave:
		case seqText:
			c := next.text[0]
			return c < utf8.RuneSelf && s.ops[at].ascii[c/64]>>(c%64)&1 == 0
		default:
			return false
		}
	}
	return false
}

// seqMatch is a match while it is looked for.
type seqMatch struct {
	s      *sequence
	text   []byte
	groups [2 * seqGroups]int
	steps  int
}

// find gives the bounds of the match and its groups, as regexp does, in dst's memory; nil
// when there is none. ok is false when it takes too long to tell.
func (s *sequence) find(dst []int, text []byte) (m []int, ok bool) {
	f := seqMatch{s: s, text: text, steps: seqSteps * (len(text) + len(s.ops))}
	for i := range f.groups {
		f.groups[i] = -1
	}
	f.groups[0] = 0
	found := f.match(0, 0)
	if f.steps < 0 {
		return nil, false
	}
	if !found {
		return nil, true
	}
	return append(dst[:0], f.groups[:2*s.groups]...), true
}

// match tells whether the operations from op on match at a place.
func (f *seqMatch) match(op, at int) bool {
	for ; op < len(f.s.ops); op++ {
		if f.steps--; f.steps < 0 {
			return false
		}
		switch o := &f.s.ops[op]; o.kind {
		case seqText:
			if !bytes.HasPrefix(f.text[at:], o.text) {
				return false
			}
			at += len(o.text)
		case seqMaybe:
			if f.match(op+1, at) {
				return true
			}
			op = o.next - 1
		case seqSave:
			was := f.groups[o.min]
			f.groups[o.min] = at
			if f.match(op+1, at) {
				return true
			}
			f.groups[o.min] = was
			return false
		case seqRun:
			end, n := o.run(f.text, at)
			if n < o.min {
				return false
			}
			if !o.sure {
				return f.back(op, at, end, n)
			}
			at = end
		}
	}
	f.groups[1] = at
	return true
}

// back tries a run that ends ever earlier.
func (f *seqMatch) back(op, at, end, n int) bool {
	for least := f.s.ops[op].min; ; n-- {
		if f.match(op+1, end) {
			return true
		}
		if n == least || f.steps < 0 {
			return false
		}
		_, size := utf8.DecodeLastRune(f.text[at:end])
		end -= size
	}
}

// run is where the characters of the class from a place on end, and how many they are.
func (o *seqOp) run(text []byte, at int) (end, n int) {
	for ; at < len(text); n++ {
		c := text[at]
		if c < utf8.RuneSelf {
			if o.ascii[c/64]>>(c%64)&1 == 0 {
				break
			}
			at++
			continue
		}
		r, size := utf8.DecodeRune(text[at:])
		if !o.inRanges(r) {
			break
		}
		at += size
	}
	return at, n
}
