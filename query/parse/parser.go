package parse

import (
	"fmt"
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// parser is a cursor over the tokens of one statement. Those of its methods that hundreds of places call are marked
// noinline for the size of the binary.
type parser struct {
	lex    lexer
	limits Limits
	// base is where the statement begins in the lexer's text.
	base int
	toks []token
	// i is the index of the current token in toks.
	i     int
	depth int
	// height is the height of the highest expression built since it was last reset; see measure.
	height int
	// final says that a limit was exceeded: no attempt may go on.
	final bool
	// failed remembers what attempts failed where, so that none is made twice: without that a nesting of
	// texts that can be read in two ways would be read in two to the power of its depth.
	failed map[attemptKey]struct{}
	// elements counts the nodes of the tree.
	elements int
	// want gathers what could have stood at the farthest token, if record is set.
	want   expectations
	record bool
}

// There is room for a token in so many characters from the beginning, but not for more than firstTokens.
const (
	tokenChars  = 4
	firstTokens = 128
)

// bailout carries an error up to the way in. Without err it is a syntax error at the farthest place
// that was reached, which is put into words only when no other way of reading is left.
type bailout struct{ err *Error }

// run reads a text by f and turns a bailout into an error. A text with a syntax error is read a second
// time, with everything noted that could have stood where it ends: good texts do not pay for that.
func run(text string, from int, limits Limits, f func(p *parser)) error {
	for _, record := range []bool{false, true} {
		p := &parser{lex: lexer{text: text, pos: from}, limits: limits.withDefaults(), base: from, record: record}
		p.toks = make([]token, 0, min((len(text)-from)/tokenChars+1, firstTokens))
		err, syntax := p.run(f)
		switch {
		case !syntax && err == nil:
			return nil
		case !syntax:
			return err
		case record:
			return p.syntaxError()
		}
	}
	return nil
}

// run calls f. A bailout with an error is returned, one without is a syntax error.
func (p *parser) run(f func(p *parser)) (err *Error, syntax bool) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case bailout:
			err, syntax = r.err, r.err == nil
		default:
			panic(r)
		}
	}()
	f(p)
	return nil, false
}

// try calls f; on a syntax error it goes back to where it began and says false. Other errors pass on.
func (p *parser) try(f func()) (ok bool) {
	i, depth, height := p.i, p.depth, p.height
	defer func() {
		if p.final {
			return
		}
		switch r := recover().(type) {
		case nil:
		case bailout:
			p.i, p.depth, p.height, ok = i, depth, height, false
		default:
			panic(r)
		}
	}()
	f()
	return true
}

// attemptKind names a production that is tried before another one.
type attemptKind uint8

const (
	tryCase attemptKind = iota
	tryInterval
	tryExists
	tryCast
	trySubstring
	tryOverlay
	tryPosition
	tryDateAdd
	tryView
	tryCommonTable
	tryTableQuery
	trySortTuple
)

type attemptKey struct {
	kind attemptKind
	at   int
}

// tryOnce is try that says false at once where the same attempt has failed before.
func (p *parser) tryOnce(kind attemptKind, f func()) bool {
	key := attemptKey{kind, p.i}
	if _, known := p.failed[key]; known {
		return false
	}
	if p.try(f) {
		return true
	}
	if p.failed == nil {
		p.failed = map[attemptKey]struct{}{}
	}
	p.failed[key] = struct{}{}
	return false
}

// tok returns the current token.
func (p *parser) tok() token { return p.ahead(0) }

// ahead returns the token n behind the current one.
func (p *parser) ahead(n int) token { return *p.at(n) }

// at is ahead without a copy: valid until the next call.
func (p *parser) at(n int) *token {
	for len(p.toks) <= p.i+n {
		t := p.lex.next()
		if t.end-p.base > p.limits.MaxQuerySize && t.kind != tEOF {
			p.exceed(CodeSyntaxError, t.start, fmt.Sprintf("Max query size exceeded (can be increased with the "+
				"`max_query_size` setting): Syntax error: failed at position %d", t.start+1))
		}
		p.toks = append(p.toks, t)
	}
	return &p.toks[p.i+n]
}

func (p *parser) advance() token {
	t := p.tok()
	if t.kind != tEOF {
		p.i++
	}
	return t
}

// exceed ends the parse because of a limit; no other way of reading the text can help.
func (p *parser) exceed(code, offset int, msg string) {
	e := newError(p.lex.text, offset, code)
	e.Msg = msg
	p.final = true
	panic(bailout{e})
}

// count counts one node of the tree.
func (p *parser) count() { p.elements++ }

// checkElements ends the parse if the tree is too big. It is asked at the end, for a list of constants
// counts as one element only when it is known to be one; until then the text's size bounds the work.
func (p *parser) checkElements() {
	if p.elements > p.limits.MaxElements {
		p.exceed(CodeTooBigAST, p.tok().start, fmt.Sprintf("AST is too big. Maximum: %d", p.limits.MaxElements))
	}
}

// fail ends the parse at the current token. The message speaks of the farthest token that any
// attempt has reached.
//
//go:noinline
func (p *parser) fail(expected ...string) {
	for _, what := range expected {
		p.want.add(p.i, what)
	}
	p.want.reach(p.i)
	panic(bailout{})
}

// syntaxError words an error at the farthest token that any attempt has reached.
func (p *parser) syntaxError() *Error {
	for len(p.toks) <= p.want.at {
		p.toks = append(p.toks, p.lex.next())
	}
	return newSyntaxError(p.lex.text, p.toks[p.want.at], p.want.sorted())
}

// failf ends the parse with a message of its own at the current token.
func (p *parser) failf(format string, args ...any) {
	e := newError(p.lex.text, p.tok().start, CodeSyntaxError)
	e.Msg = fmt.Sprintf(format, args...)
	panic(bailout{e})
}

// refuse ends the parse because of what the text means.
func (p *parser) refuse(code int, msg string) {
	e := newError(p.lex.text, p.tok().start, code)
	e.Msg = msg
	panic(bailout{e})
}

// enter counts one level of recursion; leave takes it back. try restores the count by itself.
func (p *parser) enter() {
	p.depth++
	if p.depth > p.limits.MaxDepth {
		p.tooDeep()
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) tooDeep() {
	p.exceed(CodeTooDeepRecursion, p.tok().start, fmt.Sprintf(
		"Maximum parse depth (%d) exceeded. Consider raising max_parser_depth parameter.", p.limits.MaxDepth))
}

// grow returns the height of a node over children of heights a and b, which must stay within the
// depth limit too: a chain of 100,000 minuses nests as deep as parentheses do.
func (p *parser) grow(a, b int) int {
	h := max(a, b) + 1
	if h > p.limits.MaxDepth {
		p.tooDeep()
	}
	return h
}

// is says whether the current token is of kind k.
func (p *parser) is(k kind) bool { return p.tok().kind == k }

// accept moves past a token of kind k if it is the current one.
func (p *parser) accept(k kind) bool {
	if p.is(k) {
		p.i++
		return true
	}
	return false
}

// expect moves past a token of kind k or fails.
func (p *parser) expect(k kind) token {
	if !p.is(k) {
		p.fail(k.String())
	}
	return p.advance()
}

// isWordAt says whether the token n ahead is the keyword w.
func (p *parser) isWordAt(n int, w string) bool {
	t := p.at(n)
	return t.kind == tWord && len(t.str) == len(w) && (t.str[0]^w[0])&^0x20 == 0 && strings.EqualFold(t.str, w)
}

// isWords says whether the keywords come next: isWords("GROUP", "BY").
func (p *parser) isWords(words ...string) bool {
	for n, w := range words {
		if !p.isWordAt(n, w) {
			if p.record {
				p.want.add(p.i, strings.Join(words, " "))
			}
			return false
		}
	}
	return true
}

// isOneOf says whether the current token is one of the keywords, and which.
func (p *parser) isOneOf(words ...string) (string, bool) {
	for _, w := range words {
		if p.isWords(w) {
			return w, true
		}
	}
	return "", false
}

// word moves past the keywords if they come next.
//
//go:noinline
func (p *parser) word(words ...string) bool {
	if !p.isWords(words...) {
		return false
	}
	p.i += len(words)
	return true
}

// oneOf moves past one of the keywords and returns it.
func (p *parser) oneOf(words ...string) (string, bool) {
	w, ok := p.isOneOf(words...)
	if ok {
		p.i++
	}
	return w, ok
}

// phrase is word for a phrase written with blanks: phrase("GROUP BY").
func (p *parser) phrase(s string) bool { return p.word(strings.Fields(s)...) }

// oneOfPhrases moves past the first of the phrases that comes next and returns it.
func (p *parser) oneOfPhrases(phrases ...string) (string, bool) {
	for _, s := range phrases {
		if p.phrase(s) {
			return s, true
		}
	}
	return "", false
}

// expectWord moves past the keywords or fails.
func (p *parser) expectWord(words ...string) {
	if !p.word(words...) {
		p.fail()
	}
}

// isIdent says whether the current token can be an identifier.
func (p *parser) isIdent() bool {
	k := p.tok().kind
	return k == tWord || k == tQuoted
}

// ident reads one identifier.
func (p *parser) ident() string {
	if !p.isIdent() {
		p.fail("identifier")
	}
	return p.advance().str
}

// identOrString reads an identifier or a string literal, which many clauses allow alike.
func (p *parser) identOrString() string {
	if p.is(tString) && p.tok().str != "" {
		return p.advance().str
	}
	return p.ident()
}

// str reads a string literal.
func (p *parser) str() string { return p.expect(tString).str }

// span returns the range from a token index to the end of the last token read.
//
//go:noinline
func (p *parser) span(from int) ast.Span {
	s := ast.Span{Start: len(p.lex.text), End: len(p.lex.text)}
	if from < len(p.toks) {
		s.Start = p.toks[from].start
	}
	s.End = max(p.endOfLast(), s.Start)
	return s
}

// endOfLast returns where the last token read ends.
//
//go:noinline
func (p *parser) endOfLast() int {
	if p.i == 0 {
		return p.base
	}
	return p.toks[p.i-1].end
}

// commaList reads one or more items separated by commas.
func (p *parser) commaList(item func()) {
	item()
	for p.accept(tComma) {
		item()
	}
}

// identList reads one or more identifiers separated by commas.
func (p *parser) identList() []string {
	var out []string
	p.commaList(func() { out = append(out, p.ident()) })
	return out
}

// parenIdents reads (a, b).
func (p *parser) parenIdents() []string {
	p.expect(tOpen)
	out := p.identList()
	p.expect(tClose)
	return out
}
